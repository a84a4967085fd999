//! Which nodes hold each partition.

mod residual;
mod sweep;

use alloc::vec;
use alloc::vec::Vec;

use self::sweep::Sweep;
use super::before::Before;
use super::cluster::Cluster;
use super::flow::{Search, Vertex};
use super::load::{Load, Slot};
use super::shares;
use crate::NodeIndex;

/// Who holds what, as the flow ends.
pub(super) struct Solved {
    /// For each partition its nodes, in no particular order.
    pub(super) lists: Vec<NodeIndex>,
    /// By node, the potential above the sink's: what [`super::least`] proves the optimum
    /// with.
    pub(super) prices: Vec<i64>,
}

/// For each partition as many nodes as there are copies, such that zones and shares are
/// kept and as few vnodes as possible move.
pub(super) fn solve(cluster: &Cluster, before: &Before) -> Solved {
    let mut network = Replicas::new(cluster, before);
    network.keep_holders();
    network.drop_excess();
    let vertices = network.cell(network.slots.len() as u32) as usize;
    let mut search = Search::new(vertices, network.partition(0));
    for partition in 0..cluster.partitions {
        while let Some(source) = network.lacking(partition) {
            let sent = search.augment(&mut network, source);
            sent.unwrap_or_else(|error| unreachable!("partition {partition}: {error:?}"));
        }
    }
    let sink = network.load.sink();
    while network.load.has_surplus() {
        let sent = search.augment(&mut network, sink);
        sent.unwrap_or_else(|error| unreachable!("a node is short: {error:?}"));
    }
    let potential = |vertex| i64::from(search.potential(vertex));
    let prices = (0..sink).map(|node| potential(node) - potential(sink)).collect();
    Solved { lists: network.slots.into_iter().flatten().collect(), prices }
}

/// Who holds which slot. Every flow, bound and residual arc follows from that.
///
/// The network's vertices are the nodes and the sink as [`Load`] has them, then the partitions, then
/// for each partition as many cells as it has slots. Where zones are exclusive, a cell
/// that holds something has one slot, and goes by that slot's number; it would be wasteful
/// to have vertices for all the others, and needless: an empty cell can be reached from
/// its partition only, so that its arcs are the partition's. Otherwise there are fewer
/// zones than copies, and a cell goes by its zone's number.
struct Replicas<'c> {
    cluster: &'c Cluster,
    before: &'c Before,
    /// For each partition, who holds its copies.
    slots: Vec<Option<NodeIndex>>,
    load: Load,
    /// Of each zone's nodes.
    node_sweeps: Vec<Sweep>,
    /// Of the empty zones, where zones are exclusive.
    zone_sweep: Sweep,
}

impl<'c> Replicas<'c> {
    fn new(cluster: &'c Cluster, before: &'c Before) -> Self {
        let slots = cluster.partitions as usize * cluster.copies;
        Self {
            cluster,
            before,
            slots: vec![None; slots],
            load: Load::new(cluster, &shares::replicas(cluster), slots, 0),
            node_sweeps: (0..cluster.zones.count()).map(|_| Sweep::default()).collect(),
            zone_sweep: Sweep::default(),
        }
    }

    /// Begins with the present holders, as far as the partitions' bounds allow.
    fn keep_holders(&mut self) {
        let zones = &self.cluster.zones;
        for partition in 0..self.cluster.partitions {
            for node in self.before.holders(partition) {
                let zone = zones.of(node);
                let in_zone = self.copies_in(partition, zone);
                let is_needed = in_zone < zones.lowest(zone) || self.unclaimed(partition) > 0;
                if in_zone < zones.highest(zone) && is_needed {
                    self.place(self.vacant_slot(partition), node);
                }
            }
        }
    }

    /// Drops what nodes hold above their bounds, from partitions that lack least.
    fn drop_excess(&mut self) {
        let copies = self.cluster.copies as u32;
        for node in self.cluster.nodes() {
            let excess = self.load.excess(node);
            if excess == 0 {
                continue;
            }
            let mut slots = self.load.held(node).to_vec();
            slots.sort_by_cached_key(|&slot| {
                let partition = slot / copies;
                let lacking = self.list(partition).iter().filter(|slot| slot.is_none()).count();
                (lacking, self.cluster.draw(partition, node))
            });
            for slot in slots.into_iter().take(excess) {
                self.remove(slot, node);
            }
        }
    }

    /// The vertex at which `partition` lacks a unit.
    fn lacking(&self, partition: u32) -> Option<Vertex> {
        self.list(partition).iter().find(|slot| slot.is_none())?;
        let zones = &self.cluster.zones;
        let lacks = |&zone: &usize| self.copies_in(partition, zone) < zones.lowest(zone);
        let zone = if zones.are_exclusive() { None } else { (0..zones.count()).find(lacks) };
        Some(match zone {
            Some(zone) => self.cell(self.first_slot(partition) + zone as u32),
            None => self.partition(partition),
        })
    }

    /// The units of `partition` that no cell has a claim to.
    fn unclaimed(&self, partition: u32) -> usize {
        let zones = &self.cluster.zones;
        let claimed: usize = if zones.are_exclusive() {
            self.list(partition).iter().flatten().count()
        } else {
            let claimed = |zone| self.copies_in(partition, zone).max(zones.lowest(zone));
            (0..zones.count()).map(claimed).sum()
        };
        self.cluster.copies.saturating_sub(claimed)
    }

    fn first_slot(&self, partition: u32) -> Slot {
        partition * self.cluster.copies as u32
    }

    fn list(&self, partition: u32) -> &[Option<NodeIndex>] {
        let start = self.first_slot(partition) as usize;
        &self.slots[start..start + self.cluster.copies]
    }

    fn holds(&self, partition: u32, node: NodeIndex) -> bool {
        self.list(partition).contains(&Some(node))
    }

    fn holders_in(&self, partition: u32, zone: usize) -> impl Iterator<Item = NodeIndex> {
        let holders = self.list(partition).iter().copied().flatten();
        holders.filter(move |&node| self.cluster.zones.of(node) == zone)
    }

    fn copies_in(&self, partition: u32, zone: usize) -> usize {
        self.holders_in(partition, zone).count()
    }

    fn vacant_slot(&self, partition: u32) -> Slot {
        let vacant = self.list(partition).iter().position(Option::is_none);
        let vacant = vacant.unwrap_or_else(|| unreachable!("{partition} lacks nothing"));
        self.first_slot(partition) + vacant as u32
    }

    fn place(&mut self, slot: Slot, node: NodeIndex) {
        self.slots[slot as usize] = Some(node);
        self.load.take(slot, node);
    }

    fn remove(&mut self, slot: Slot, node: NodeIndex) {
        self.slots[slot as usize] = None;
        self.load.release(slot, node);
    }

    fn partition(&self, partition: u32) -> Vertex {
        self.load.sink() + 1 + partition
    }

    fn cell(&self, cell: u32) -> Vertex {
        self.partition(self.cluster.partitions) + cell
    }

    /// The vertex of the cell that `slot`, which `node` holds, is in.
    fn cell_of(&self, slot: Slot, node: NodeIndex) -> Vertex {
        let zones = &self.cluster.zones;
        if zones.are_exclusive() {
            return self.cell(slot);
        }
        let partition = slot / self.cluster.copies as u32;
        self.cell(self.first_slot(partition) + zones.of(node) as u32)
    }
}
