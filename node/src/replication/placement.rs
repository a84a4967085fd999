//! The cluster's state, as the protocol wants to know it.

use std::collections::BTreeMap;

use ringway_replica::{Group, NodeNumber, Placement};
use ringway_ring::Partition;

use crate::membership::{Cluster, PartitionGroup, Vnode};

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

/// Who holds what, for each shard of node `me`.
pub(crate) fn placements(me: NodeNumber, cluster: &Cluster) -> Vec<Placement> {
    let (epoch, partitions) = (cluster.epoch(), cluster.partitions());
    let mut shards = vec![Placement { epoch, partitions, groups: BTreeMap::new() }; SHARDS];
    for (partition, group) in cluster.groups() {
        if let Some(shard) = shards.get_mut(shard_of(partition)) {
            shard.groups.insert(partition, group_of(me, group));
        }
    }
    shards
}

fn group_of(me: NodeNumber, group: &PartitionGroup) -> Group {
    let nodes = |vnodes: &[Vnode]| vnodes.iter().map(|vnode| vnode.node).collect();
    Group {
        configuration: group.configuration,
        replicas: nodes(&group.replicas),
        next: nodes(&group.next),
        since: group.since(me),
    }
}
