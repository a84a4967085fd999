//! How far a change of the ring is.

use serde::{Deserialize, Serialize};

/// How far a change of the ring is, as everybody who has the same view knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeProgress {
    /// The partitions whose preference list it changes.
    pub partitions: u64,
    /// Those of them that have not arrived, moving or not.
    pub partitions_left: u64,
    /// The bytes of values that go to new holders, as counted when it began; nothing before that
    /// is done.
    pub bytes: Option<u64>,
    /// The bytes of those partitions that have not arrived, counted then too.
    pub bytes_left: Option<u64>,
    /// About how long the rest takes; nothing before its bytes are counted.
    pub seconds_left: Option<u64>,
}
