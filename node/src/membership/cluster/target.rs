//! What a change of the ring is on the way to.

use std::collections::{BTreeMap, BTreeSet};

use ringway_replica::NodeNumber;
use ringway_ring::{NodeId, Partition, Weight};
use serde::{Deserialize, Serialize};

/// What a change of the ring is on the way to, and what it takes to go back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The partitions that have not arrived, moving or not, and who shall hold them.
    pub lists: BTreeMap<Partition, Vec<NodeNumber>>,
    /// Who was a spare before.
    pub added: BTreeSet<NodeId>,
    /// Who will be one.
    pub removed: BTreeSet<NodeId>,
    /// Of every member whose weight the change sets, what it weighed before.
    pub weights_before: BTreeMap<NodeId, Weight>,
    /// Whether the lists get longer or shorter, so that all partitions move as one.
    pub is_one_move: bool,
}
