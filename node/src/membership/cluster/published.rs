//! The state, as edges and replicas want to know it.

use std::collections::{BTreeMap, BTreeSet};

use ringway_replica::NodeNumber;
use ringway_ring::{Assignment, NodeId, NodeIndex, Transition, View, ViewNode};

use super::Cluster;
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
    }

    /// Who holds what at present, apart from what is moving.
    #[must_use]
    pub fn assignment(&self) -> Assignment {
        let holders = self.groups.iter().flat_map(|group| &group.replicas);
        let holders: BTreeSet<NodeNumber> = holders.map(|vnode| vnode.node).collect();
        let is_holder = |id: &&NodeId| holders.contains(&node_number(id));
        let nodes: Vec<NodeId> = self.members.keys().filter(is_holder).cloned().collect();
        let indices: BTreeMap<NodeNumber, NodeIndex> =
            nodes.iter().map(node_number).zip((0..).map(NodeIndex::new)).collect();
        let index = |node| {
            let index: Option<&NodeIndex> = indices.get(&node);
            *index.unwrap_or_else(|| unreachable!("a holder that is no member"))
        };
        let lists = self.groups.iter().flat_map(|group| &group.replicas);
        let lists = lists.map(|vnode| index(vnode.node)).collect();
        Assignment::new(self.partitions, nodes, self.list_length(), lists)
            .unwrap_or_else(|error| unreachable!("the cluster's state is no assignment: {error}"))
    }
}
