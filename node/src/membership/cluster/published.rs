//! The state, as edges and replicas want to know it.

use std::collections::BTreeMap;

use ringway_replica::NodeNumber;
use ringway_ring::{Assignment, NodeId, NodeIndex, Transition, View, ViewNode};

use super::{Cluster, Vnode};
use crate::peering::node_number;

impl Cluster {
    /// The view: what every edge and node routes by.
    #[must_use]
    pub fn view(&self) -> View {
        let nodes = self.members.iter().map(|(id, member)| {
            let mut node = ViewNode::new(id.clone(), member.client);
            node.zone = member.zone.clone();
            node.weight = member.weight;
            node.health = member.health;
            node
        });
        let ids: BTreeMap<NodeNumber, &NodeId> =
            self.members.keys().map(|id| (node_number(id), id)).collect();
        let moving = self.moving().map(|(partition, group)| {
            let to = group.next.iter().filter_map(|vnode| ids.get(&vnode.node).copied().cloned());
            Transition { partition, to: to.collect() }
        });
        let (nodes, moving) = (nodes.collect(), moving.collect());
        View::new(self.epoch, self.replication_factor, nodes, self.assignment(), moving)
            .unwrap_or_else(|error| unreachable!("the cluster's state has no view: {error}"))
            .with_change(self.progress())
    }

    /// Who holds what at present, apart from what is moving.
    #[must_use]
    pub fn assignment(&self) -> Assignment {
        // Sorted, and not in maps: every node does this for each view.
        let vnodes = || self.groups.iter().flat_map(|group| &group.replicas);
        let mut holders: Vec<NodeNumber> = vnodes().map(|vnode| vnode.node).collect();
        holders.sort_unstable();
        holders.dedup();
        let is_holder = |id: &&NodeId| holders.binary_search(&node_number(id)).is_ok();
        let nodes: Vec<NodeId> = self.members.keys().filter(is_holder).cloned().collect();
        let mut indices: Vec<(NodeNumber, NodeIndex)> =
            nodes.iter().map(node_number).zip((0..).map(NodeIndex::new)).collect();
        indices.sort_unstable_by_key(|&(number, _)| number);
        let index = |vnode: &Vnode| {
            let place = indices.binary_search_by_key(&vnode.node, |&(number, _)| number);
            let found = place.ok().and_then(|place| indices.get(place));
            found.unwrap_or_else(|| unreachable!("a holder that is no member")).1
        };
        let lists = vnodes().map(index).collect();
        Assignment::new(self.partitions, nodes, self.list_length(), lists)
            .unwrap_or_else(|error| unreachable!("the cluster's state is no assignment: {error}"))
    }
}
