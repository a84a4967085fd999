//! Who holds a partition.

use ringway_replica::NodeNumber;
use ringway_ring::Epoch;
use serde::{Deserialize, Serialize};

/// A partition as one node holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vnode {
    /// Who.
    pub node: NodeNumber,
    /// The epoch since which it holds the partition without a break: that of the move, or of
    /// the cluster, which made it a holder. What it has from before is worth nothing, since
    /// tombstones may have gone meanwhile that say so.
    pub since: Epoch,
}

/// Who holds a partition, and who will.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionGroup {
    /// The epoch at which the rest of it became what it is. It names one quorum rule, and
    /// is the first part of the ballots made under it.
    pub configuration: Epoch,
    /// The holders in the order of preference, the primary first.
    pub replicas: Vec<Vnode>,
    /// The holders that it moves to; empty where it doesn't move.
    pub next: Vec<Vnode>,
}

impl PartitionGroup {
    /// Whether it is on the way to other holders.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        !self.next.is_empty()
    }

    /// Whether `node` holds it, or will.
    #[must_use]
    pub fn contains(&self, node: NodeNumber) -> bool {
        self.vnode(node).is_some()
    }

    /// The epoch since which `node` holds it without a break; nothing where it doesn't.
    #[must_use]
    pub fn since(&self, node: NodeNumber) -> Option<Epoch> {
        self.vnode(node).map(|vnode| vnode.since)
    }

    /// Whether what moves can arrive while those of which `is_reached` holds can be.
    #[must_use]
    pub fn can_arrive(&self, is_reached: impl Fn(NodeNumber) -> bool) -> bool {
        self.can_move_to(self.next.iter().map(|vnode| vnode.node), is_reached)
    }

    /// Whether a move to `next` can arrive while those of which `is_reached` holds can be: every
    /// next holder has to have everything, and more than half of the present ones to tell what
    /// that is.
    pub(super) fn can_move_to(
        &self,
        mut next: impl Iterator<Item = NodeNumber>,
        is_reached: impl Fn(NodeNumber) -> bool,
    ) -> bool {
        self.is_known_to(&is_reached) && next.all(is_reached)
    }

    /// Whether those of which `is_one` holds are more than half of the holders, and so know
    /// between them all that the partition has.
    #[must_use]
    pub fn is_known_to(&self, is_one: impl Fn(NodeNumber) -> bool) -> bool {
        is_majority(&self.replicas, is_one)
    }

    fn vnode(&self, node: NodeNumber) -> Option<&Vnode> {
        // Who is in both has the same `since` in both.
        self.replicas.iter().chain(&self.next).find(|vnode| vnode.node == node)
    }

    /// Whether the holders are `nodes`, in this order.
    pub(super) fn is_held_by(&self, nodes: &[NodeNumber]) -> bool {
        self.replicas.iter().map(|vnode| &vnode.node).eq(nodes)
    }

    /// Sets out for `nodes`. Who holds it already does so without a break.
    pub(super) fn begin(&mut self, nodes: &[NodeNumber], at: Epoch) {
        let vnode = |&node| Vnode { node, since: self.since(node).unwrap_or(at) };
        self.next = nodes.iter().map(vnode).collect();
        self.configuration = at;
    }

    /// Arrives.
    pub(super) fn complete(&mut self, at: Epoch) {
        self.replicas = std::mem::take(&mut self.next);
        self.configuration = at;
    }

    /// Goes back to where it was.
    pub(super) fn cancel(&mut self, at: Epoch) {
        self.next.clear();
        self.configuration = at;
    }
}

/// Whether those of which `is_one` holds are more than half of `vnodes`.
pub(super) fn is_majority(vnodes: &[Vnode], is_one: impl Fn(NodeNumber) -> bool) -> bool {
    vnodes.iter().filter(|vnode| is_one(vnode.node)).count() * 2 > vnodes.len()
}
