//! What each node holds and may hold: the network's nodes and their arcs to the sink.

use alloc::vec;
use alloc::vec::Vec;

use super::cluster::Cluster;
use super::flow::{Rank, Search, Vertex};
use super::shares::Share;
use crate::NodeIndex;

/// A unit of the flow: one entry of the lists that are being solved.
pub(super) type Slot = u32;

/// What each node holds and may hold.
///
/// The flow from a node to the sink is never stored: it is what the node holds, or its
/// lowest bound where it holds less. The node is then short; and the sink, which must
/// take all units, has so many too many or too few.
///
/// Nodes are the vertices from 0 on, and the sink is the next.
pub(super) struct Load {
    bounds: Vec<Bounds>,
    /// The slots of each node.
    held: Vec<Vec<Slot>>,
    /// Where each slot is in its node's `held`.
    places: Vec<u32>,
    /// What flows into the sink beyond the number of units.
    surplus: i64,
}

struct Bounds {
    lowest: u32,
    highest: u32,
    /// The share, rounded up.
    ceil: u32,
    fill_of_one: u64,
}

impl Load {
    /// Nobody holds any of `slots` units; nodes may hold their share, `slack` more than
    /// one unit off.
    pub(super) fn new(cluster: &Cluster, shares: &[Share], slots: usize, slack: u32) -> Self {
        let bounds = |share: &Share| Bounds {
            lowest: share.lowest().saturating_sub(slack),
            highest: (share.highest(cluster.partitions) + slack).min(cluster.partitions),
            ceil: share.ceil(),
            fill_of_one: share.fill_of_one(),
        };
        let bounds: Vec<_> = shares.iter().map(bounds).collect();
        let lowest: i64 = bounds.iter().map(|bounds| i64::from(bounds.lowest)).sum();
        Self {
            held: vec![Vec::new(); bounds.len()],
            bounds,
            places: vec![0; slots],
            surplus: lowest - slots as i64,
        }
    }

    /// The vertex that all units end in.
    pub(super) fn sink(&self) -> Vertex {
        self.bounds.len() as Vertex
    }

    /// Whether the sink holds units that nodes lack.
    pub(super) fn has_surplus(&self) -> bool {
        self.surplus > 0
    }

    /// The slots of `node`.
    pub(super) fn held(&self, node: NodeIndex) -> &[Slot] {
        &self.held[node.get()]
    }

    /// Gives `slot`, which nobody holds, to `node`.
    pub(super) fn take(&mut self, slot: Slot, node: NodeIndex) {
        let held = &mut self.held[node.get()];
        self.surplus += i64::from(held.len() as u32 >= self.bounds[node.get()].lowest);
        self.places[slot as usize] = held.len() as u32;
        held.push(slot);
    }

    /// Takes `slot` from `node`, which holds it.
    pub(super) fn release(&mut self, slot: Slot, node: NodeIndex) {
        let held = &mut self.held[node.get()];
        self.surplus -= i64::from(held.len() as u32 > self.bounds[node.get()].lowest);
        let place = self.places[slot as usize];
        debug_assert_eq!(held[place as usize], slot, "a node releases what it holds");
        held.swap_remove(place as usize);
        if let Some(&moved) = held.get(place as usize) {
            self.places[moved as usize] = place;
        }
    }

    /// How many units `node` has above its bound.
    pub(super) fn excess(&self, node: NodeIndex) -> usize {
        self.held(node).len().saturating_sub(self.bounds[node.get()].highest as usize)
    }

    /// Whether `node` may hold another unit.
    pub(super) fn has_room(&self, node: NodeIndex) -> bool {
        self.held(node).len() < self.bounds[node.get()].highest as usize
    }

    /// Relaxes the arc to `node`, and offers the node where it, or the sink behind it,
    /// takes the unit. `draw` decides among the equally full.
    pub(super) fn relax(
        &self,
        search: &mut Search,
        from: Vertex,
        node: NodeIndex,
        cost: i32,
        draw: impl FnOnce() -> u64,
    ) {
        let vertex = node.get() as Vertex;
        if !search.relax(from, vertex, cost) {
            return;
        }
        let bounds = &self.bounds[node.get()];
        let held = self.held(node).len() as u32;
        let rank = || Rank { fill: u64::from(held) * bounds.fill_of_one, draw: draw() };
        if held < bounds.lowest {
            search.offer(vertex, rank());
        } else if held < bounds.highest && self.surplus < 0 {
            search.offer_before(vertex, self.sink(), rank());
        }
    }

    /// Relaxes the arc from `node` to the sink.
    pub(super) fn expand_node(&self, search: &mut Search, node: NodeIndex) {
        let bounds = &self.bounds[node.get()];
        if (self.held(node).len() as u32).max(bounds.lowest) < bounds.highest {
            search.relax(node.get() as Vertex, self.sink(), 0);
        }
    }

    /// Relaxes the arcs from the sink back to the nodes that can do with less.
    pub(super) fn expand_sink(&self, search: &mut Search) {
        // Those above their share first: of the equally near, they give.
        for above_share in [true, false] {
            for (node, (bounds, held)) in (0..).zip(self.bounds.iter().zip(&self.held)) {
                let held = held.len() as u32;
                if held > bounds.lowest && (held > bounds.ceil) == above_share {
                    search.relax(self.sink(), node, 0);
                }
            }
        }
    }
}
