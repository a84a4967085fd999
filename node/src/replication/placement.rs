//! The cluster's state, as the protocol wants to know it.

use std::collections::BTreeMap;
use std::sync::Arc;

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

/// Who holds what, for each shard of a node.
#[derive(Debug)]
pub(super) struct Placements {
    me: NodeNumber,
    shards: Vec<Placement>,
}

impl Placements {
    /// For the shards of `me`.
    pub(super) fn new(me: NodeNumber, cluster: &Cluster) -> Self {
        let (epoch, partitions) = (cluster.epoch(), cluster.partitions());
        let shards = vec![Placement { epoch, partitions, groups: BTreeMap::new() }; SHARDS];
        let mut placements = Self { me, shards };
        placements.update(cluster);
        placements
    }

    /// As `cluster` has it now. One state differs from the next in few groups, if any: the
    /// others stay what they are in memory.
    pub(super) fn update(&mut self, cluster: &Cluster) {
        for shard in &mut self.shards {
            shard.epoch = cluster.epoch();
        }
        for (partition, group) in cluster.groups() {
            let Some(shard) = self.shards.get_mut(shard_of(partition)) else { continue };
            let is_known = shard
                .groups
                .get(&partition)
                .is_some_and(|known| known.configuration == group.configuration);
            if !is_known {
                shard.groups.insert(partition, Arc::new(group_of(self.me, group)));
            }
        }
    }

    /// By shard.
    pub(super) fn shards(&self) -> impl Iterator<Item = Placement> {
        self.shards.iter().cloned()
    }
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
