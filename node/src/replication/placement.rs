//! The cluster's state, as the protocol wants to know it.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringway_replica::{Group, NodeNumber, Placement};
use ringway_ring::{Epoch, Partition};

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

/// What the shards of a node know of who holds what.
#[derive(Debug)]
pub(super) struct Placements {
    me: NodeNumber,
    /// Of each partition, of which they know any.
    configurations: Vec<Option<Epoch>>,
}

impl Placements {
    /// For the shards of `me`, which know nothing yet.
    pub(super) fn new(me: NodeNumber) -> Self {
        Self { me, configurations: Vec::new() }
    }

    /// What `cluster` says that they don't know, by shard. One state differs from the next in
    /// few groups, if any.
    pub(super) fn news(&mut self, cluster: &Cluster) -> [Placement; SHARDS] {
        let (epoch, partitions) = (cluster.epoch(), cluster.partitions());
        let mut shards =
            [(); SHARDS].map(|()| Placement { epoch, partitions, groups: BTreeMap::new() });
        self.configurations.resize(partitions.iter().len(), None);
        for (known, (partition, group)) in self.configurations.iter_mut().zip(cluster.groups()) {
            let before = known.replace(group.configuration);
            if before != *known
                && let Some(shard) = shards.get_mut(shard_of(partition))
            {
                shard.groups.insert(partition, Arc::new(group_of(self.me, group)));
            }
        }
        shards
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
