//! How far a node is, as it tells the coordinator.

use ringway_ring::{Epoch, Partition};
use serde::{Deserialize, Serialize};

/// How far a node is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The partitions that move to it and that it has in full, each with the configuration
    /// in which it has.
    pub synced: Vec<(Partition, Epoch)>,
    /// Whether it has all that the other holders had when it came back.
    pub is_caught_up: bool,
    /// The bytes of values that it copied of partitions that moved to it, since its start.
    pub handed_off_bytes: u64,
}
