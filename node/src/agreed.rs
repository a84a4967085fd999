//! What was agreed on.

use ringway_ring::Epoch;
use serde::{Deserialize, Serialize};

/// The answer to what changes the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreed {
    /// The state in which it is done, or begun.
    pub(crate) epoch: Epoch,
    /// How many partitions have not arrived where they shall be.
    pub(crate) partitions_left: usize,
}
