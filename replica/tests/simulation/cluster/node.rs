//! A node in its place: it starts, stops, and may be replaced by another.

use ringway_replica::{Incarnation, NodeNumber, Outcome, Replica, Write};

use super::{Cluster, Happening, Violation, renewed};
use crate::disk::{Content, Disk};
use crate::invariants::Invariants;
use crate::topology::Topology;

/// A node, up or down.
pub(crate) struct Node {
    pub number: NodeNumber,
    pub replica: Option<Replica>,
    pub disk: Disk,
    pub(super) incarnation: u64,
    pub(super) disk_free: u64,
    /// The latest view that it was told of.
    pub(super) view: u64,
    /// The fault that has taken its disk for good: until it ends nobody is in this place.
    pub(crate) lost: Option<usize>,
}

impl Node {
    pub(super) fn new(number: NodeNumber, view: u64, shows_unsynced: bool) -> Self {
        let disk = Disk::new(shows_unsynced);
        let (incarnation, disk_free) = (0, 0);
        Self { number, replica: None, disk, incarnation, disk_free, view, lost: None }
    }

    /// What became durable is what the disk holds from now on.
    pub(super) fn apply(&mut self, topology: &Topology, writes: &[Write]) -> Result<(), Violation> {
        for write in writes {
            Invariants::stored(topology, self.number, &self.disk.synced, write)?;
            self.disk.synced.apply(write);
        }
        Ok(())
    }
}

impl Cluster {
    pub(super) fn start(&mut self, node: usize) {
        let known = self.nodes[node].view;
        // What a node knew it may have forgotten, but for what it stored of it.
        let forgets = self.scenario.late_views && self.random.percent(40);
        let view = if forgets { self.random.between(1, known) } else { known };
        let state = &mut self.nodes[node];
        let placement = self.topology.placement(view, state.number);
        (state.view, state.incarnation) = (view, state.incarnation + 1);
        let mut replica = Replica::new(
            state.number,
            Incarnation::new(state.incarnation),
            self.scenario.config(),
            placement,
            &state.disk,
            self.scenario.seed ^ u64::from(state.number.get() - 1) << 32 ^ state.incarnation,
        );
        if let Some(mutant) = self.scenario.mutant {
            replica.mutate(mutant);
        }
        state.replica = Some(replica);
        let incarnation = state.incarnation;
        let at = self.now + 1 + self.random.below(10);
        self.schedule(at, Happening::Tick { node, incarnation });
        self.relink();
    }

    pub(super) fn stop(&mut self, node: usize) -> Result<(), Violation> {
        self.nodes[node].replica = None;
        self.nodes[node].disk_free = self.now;
        let survived = self.nodes[node].disk.crash(&mut self.random);
        self.note(|| format!("{node} loses what it had not synced but for {survived:?}"));
        self.nodes[node].apply(&self.topology, &survived)?;
        self.nodes[node].disk.forget_unsynced();
        for client in 0..self.clients.all.len() {
            let waiting = &self.clients.all[client].waiting;
            if waiting.as_ref().is_some_and(|waiting| waiting.node == node) {
                self.reply(client, &Outcome::Unknown);
            }
        }
        self.relink();
        Ok(())
    }

    /// By `fault` the disk of `node` is lost for good, and the node with it. Not if of some
    /// partition more than a minority of the holders would be lost at once: of that no protocol
    /// of majorities promises anything.
    pub(super) fn lose_disk(&mut self, node: usize, fault: usize) -> Result<(), Violation> {
        let number = self.nodes[node].number;
        if self.nodes[node].lost.is_some() || !self.topology.may_lose(number) {
            self.note(|| format!("the disk of {node} may not be lost now"));
            return Ok(());
        }
        if self.nodes[node].replica.is_some() {
            self.stop(node)?;
        }
        let disk = Disk::new(self.scenario.shows_unsynced);
        let content = std::mem::replace(&mut self.nodes[node].disk, disk).synced;
        self.nodes[node].lost = Some(fault);
        self.disks_lost += 1;
        self.lost.push((number, content));
        self.topology.lose(number);
        let noticed = self.now + self.random.between(20, 300);
        self.coordinator.will_notice(number, noticed);
        Ok(())
    }

    /// Another node comes to the place of `node`, with an empty disk and a name of its own.
    pub(super) fn replace(&mut self, node: usize) {
        let (number, view) = (self.nodes[node].number, self.topology.epoch());
        self.nodes[node] = Node {
            // Of the starts in one place each has a number of its own.
            incarnation: self.nodes[node].incarnation,
            ..Node::new(renewed(number), view, self.scenario.shows_unsynced)
        };
        if !self.weather().is_down(node, self.now) {
            self.start(node);
        }
    }

    pub(super) fn is_alive(&self, node: usize, incarnation: u64) -> bool {
        self.nodes[node].replica.is_some() && self.nodes[node].incarnation == incarnation
    }

    /// What each disk holds, or held when it was lost.
    pub(super) fn disks(&self) -> Vec<(NodeNumber, &Content)> {
        let here = self.nodes.iter().filter(|node| node.lost.is_none());
        let here = here.map(|node| (node.number, &node.disk.synced));
        here.chain(self.lost.iter().map(|(number, content)| (*number, content))).collect()
    }
}
