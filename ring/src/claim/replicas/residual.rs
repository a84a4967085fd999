//! The residual network: which arcs could still take or return a unit.

use core::mem;

use super::Replicas;
use crate::NodeIndex;
use crate::claim::flow::{Network, Search, Vertex};

enum Which {
    Node(NodeIndex),
    Sink,
    Partition(u32),
    Cell { partition: u32, cell: u32 },
}

impl Network for Replicas<'_> {
    fn expand(&mut self, vertex: Vertex, search: &mut Search) {
        match self.which(vertex) {
            Which::Sink => self.load.expand_sink(search),
            Which::Node(node) => self.expand_node(vertex, node, search),
            Which::Partition(partition) => self.expand_partition(vertex, partition, search),
            Which::Cell { partition, cell } => self.expand_cell(vertex, partition, cell, search),
        }
    }

    fn push(&mut self, from: Vertex, to: Vertex, search: &mut Search) {
        match (self.which(from), self.which(to)) {
            (Which::Node(node), Which::Cell { partition, .. }) => {
                let place = self.list(partition).iter().position(|&holder| holder == Some(node));
                let place = place.unwrap_or_else(|| unreachable!("a node releases what it holds"));
                self.remove(self.first_slot(partition) + place as u32, node);
            }
            (Which::Cell { partition, cell }, Which::Node(node)) => {
                let exclusive = self.cluster.zones.are_exclusive();
                let slot = if exclusive { cell } else { self.vacant_slot(partition) };
                self.place(slot, node);
            }
            (Which::Partition(partition), Which::Node(node)) => {
                let slot = self.vacant_slot(partition);
                self.place(slot, node);
                // The cell was empty and had no vertex, so its potential was this one.
                search.copy_potential(self.cell(slot), from);
            }
            _ => {}
        }
    }
}

impl Replicas<'_> {
    fn which(&self, vertex: Vertex) -> Which {
        let (sink, copies) = (self.load.sink(), self.cluster.copies as u32);
        match vertex.checked_sub(sink + 1) {
            None if vertex == sink => Which::Sink,
            None => Which::Node(NodeIndex::of(vertex as usize)),
            Some(partition) if partition < self.cluster.partitions => Which::Partition(partition),
            Some(cell) => {
                let cell = cell - self.cluster.partitions;
                Which::Cell { partition: cell / copies, cell }
            }
        }
    }

    /// To the cells that can take back what they gave.
    fn expand_node(&self, vertex: Vertex, node: NodeIndex, search: &mut Search) {
        self.load.expand_node(search, node);
        for &slot in self.load.held(node) {
            let partition = slot / self.cluster.copies as u32;
            let was_move = self.before.place(partition, node).is_none();
            search.relax(vertex, self.cell_of(slot, node), -i32::from(was_move));
        }
    }

    /// To the nodes of the zone, and back to the partition.
    fn expand_cell(&mut self, vertex: Vertex, partition: u32, cell: u32, search: &mut Search) {
        let zones = &self.cluster.zones;
        let zone = if zones.are_exclusive() {
            let holder = self.slots[cell as usize];
            zones.of(holder.unwrap_or_else(|| unreachable!("an empty cell has no vertex")))
        } else {
            (cell - self.first_slot(partition)) as usize
        };
        if self.copies_in(partition, zone) > zones.lowest(zone) {
            search.relax(vertex, self.partition(partition), 0);
        }
        self.return_to_holders(vertex, partition, search, |other| other == zone);
        self.sweep(vertex, partition, zone, search);
    }

    /// To the cells that may have another unit.
    fn expand_partition(&mut self, vertex: Vertex, partition: u32, search: &mut Search) {
        let zones = &self.cluster.zones;
        if !zones.are_exclusive() {
            for zone in 0..zones.count() {
                let flow = self.copies_in(partition, zone).max(zones.lowest(zone));
                if flow < zones.highest(zone) {
                    let cell = self.first_slot(partition) + zone as u32;
                    search.relax(vertex, self.cell(cell), 0);
                }
            }
            return;
        }
        // Each empty cell stands for its zone's nodes.
        let is_empty = |zone| self.copies_in(partition, zone) == 0;
        self.return_to_holders(vertex, partition, search, is_empty);
        let mut sweep = mem::take(&mut self.zone_sweep);
        if let Some(missed) = sweep.missed(search, vertex) {
            for &zone in missed {
                self.sweep_empty_zone(vertex, partition, zone, search);
            }
        } else {
            let holders = self.list(partition).iter().flatten();
            sweep.note(search, vertex, holders.map(|&node| zones.of(node)));
            for zone in 0..zones.count() {
                self.sweep_empty_zone(vertex, partition, zone, search);
            }
        }
        self.zone_sweep = sweep;
    }

    fn sweep_empty_zone(
        &mut self,
        vertex: Vertex,
        partition: u32,
        zone: usize,
        search: &mut Search,
    ) {
        if self.copies_in(partition, zone) == 0 {
            self.sweep(vertex, partition, zone, search);
        }
    }

    /// To the nodes that held `partition` before and don't now: no move.
    fn return_to_holders(
        &self,
        vertex: Vertex,
        partition: u32,
        search: &mut Search,
        may_hold: impl Fn(usize) -> bool,
    ) {
        for node in self.before.holders(partition) {
            if may_hold(self.cluster.zones.of(node)) && !self.holds(partition, node) {
                let draw = || self.cluster.draw(partition, node);
                self.load.relax(search, vertex, node, 0, draw);
            }
        }
    }

    /// To all nodes of `zone` that don't hold `partition`: moves.
    fn sweep(&mut self, vertex: Vertex, partition: u32, zone: usize, search: &mut Search) {
        let mut sweep = mem::take(&mut self.node_sweeps[zone]);
        let relax = |node: NodeIndex, search: &mut Search| {
            if !self.holds(partition, node) {
                let draw = || self.cluster.draw(partition, node);
                self.load.relax(search, vertex, node, 1, draw);
            }
        };
        if let Some(missed) = sweep.missed(search, vertex) {
            for &node in missed {
                relax(NodeIndex::of(node), search);
            }
        } else {
            let holders = self.holders_in(partition, zone);
            sweep.note(search, vertex, holders.map(NodeIndex::get));
            for &node in self.cluster.zones.nodes(zone) {
                relax(node, search);
            }
        }
        self.node_sweeps[zone] = sweep;
    }
}
