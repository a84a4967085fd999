//! A view, as the protocol wants to know it.

use std::collections::BTreeMap;

use ringway_replica::{Group, Placement};
use ringway_ring::{Partition, View};

use crate::peering::node_number;

/// How many replicas a node runs side by side, each for its part of the partitions.
///
/// More of them use more processors; fewer share more confirmations in one message. Two nodes
/// that talk to each other must have the same number, so to change it is to change the
/// protocol between nodes.
pub(crate) const SHARDS: usize = 4;

/// Which shard looks after `partition`: the same on every node.
pub(crate) fn shard_of(partition: Partition) -> usize {
    usize::from(partition.get()) % SHARDS
}

/// Who holds what, for each shard.
pub(crate) fn placements(view: &View) -> Vec<Placement> {
    let epoch = view.epoch();
    let partitions = view.assignment().partitions();
    let mut shards = vec![Placement { epoch, partitions, groups: BTreeMap::new() }; SHARDS];
    for partition in partitions.iter() {
        let holders = view.preference_list(partition).map(|node| node_number(&node.id));
        // The view is the cluster's first and only one, so its holders are as old as it is.
        let group = Group {
            configuration: epoch,
            replicas: holders.collect(),
            next: Vec::new(),
            since: Some(epoch),
        };
        if let Some(shard) = shards.get_mut(shard_of(partition)) {
            shard.groups.insert(partition, group);
        }
    }
    shards
}
