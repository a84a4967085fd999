//! Whether enough nodes were heard.

use std::collections::BTreeSet;

use ringway_replica::NodeNumber;
use ringway_ring::{Transition, View};

use crate::peering::node_number;

/// The different sets of nodes that hold a partition, or will: of thousands of partitions
/// there are only as many as nodes can be combined.
///
/// Of a partition that moves, a majority of both sets must be heard. Only so can nobody have
/// acknowledged a write without them, be it under the move's end, which none of them knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HolderSets {
    sets: BTreeSet<BTreeSet<NodeNumber>>,
}

impl HolderSets {
    /// Those of `view`.
    pub(crate) fn of(view: &View) -> Self {
        let holders =
            |partition| view.preference_list(partition).map(|node| node_number(&node.id)).collect();
        let next = |transition: &Transition| transition.to.iter().map(node_number).collect();
        let present = view.assignment().partitions().iter().map(holders);
        Self { sets: present.chain(view.moving().iter().map(next)).collect() }
    }

    /// Whether `nodes` are a majority of the holders of every partition.
    pub(crate) fn have_majority(&self, nodes: &BTreeSet<NodeNumber>) -> bool {
        self.sets.iter().all(|holders| holders.intersection(nodes).count() * 2 > holders.len())
    }
}
