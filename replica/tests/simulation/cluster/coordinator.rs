//! Who has the holders changed, and tells the nodes.

use std::collections::BTreeMap;

use ringway_replica::{Event, NodeNumber};

use super::{Cluster, Happening, Violation};
use crate::change::{Change, ChangeKind};

/// What the coordinator knows.
#[derive(Default)]
pub(super) struct Coordinator {
    /// Nodes that are lost for good, and when it takes them for that.
    lost: BTreeMap<NodeNumber, u64>,
}

impl Coordinator {
    pub(super) fn will_notice(&mut self, lost: NodeNumber, at: u64) {
        self.lost.insert(lost, at);
    }

    fn knows_lost(&self, node: NodeNumber, now: u64) -> bool {
        self.lost.get(&node).is_some_and(|&noticed| noticed <= now)
    }
}

impl Cluster {
    /// Somebody asks for a change. Nothing is to move to who is known to be gone.
    pub(super) fn change(&mut self, change: &Change) {
        let names: Vec<NodeNumber> = self.nodes.iter().map(|node| node.number).collect();
        let is_lost = |&node: &usize| self.coordinator.knows_lost(names[node], self.now);
        if let ChangeKind::Move { to } = &change.kind
            && to.iter().any(is_lost)
        {
            return;
        }
        if self.topology.change(change, &names) {
            self.note(|| format!("{change:?}"));
            self.publish();
        }
    }

    /// There is a new view: the nodes hear of it, each in its time or not at all.
    fn publish(&mut self) {
        let epoch = self.topology.epoch();
        for node in 0..self.nodes.len() {
            let late = self.scenario.late_views;
            if late && self.random.percent(30) {
                continue;
            }
            let longest = if late { *self.random.pick(&[5, 30, 300]) } else { 8 };
            let at = self.now + self.random.between(1, longest);
            self.schedule(at, Happening::View { node, epoch });
        }
    }

    pub(super) fn view(&mut self, node: usize, epoch: u64) -> Result<(), Violation> {
        if self.nodes[node].replica.is_none() || self.weather().is_blind(node, self.now) {
            return Ok(());
        }
        self.note(|| format!("{node} learns view {epoch}"));
        self.nodes[node].view = epoch.max(self.nodes[node].view);
        let placement = self.topology.placement(epoch, self.nodes[node].number);
        self.tell(node, Event::Placement(Box::new(placement)))
    }

    /// Hears who has all of what moves, completes a move now and then, replaces who is lost, and
    /// tells the latest view to somebody.
    pub(super) fn coordinate(&mut self) {
        for node in &self.nodes {
            let Some(replica) = &node.replica else { continue };
            for (partition, configuration) in replica.synced() {
                self.topology.report(partition, configuration, node.number);
            }
        }
        if let Some(partition) = self.topology.completable()
            && self.random.percent(50)
        {
            self.note(|| format!("partition {partition} has moved"));
            self.topology.complete(partition);
            self.publish();
        }
        self.heal();
        if self.random.percent(10) {
            let node = self.random.below(self.nodes.len() as u64) as usize;
            let epoch = self.topology.epoch();
            self.schedule(self.now + 1, Happening::View { node, epoch });
        }
        let at = self.now + self.random.between(5, 25);
        self.schedule(at, Happening::Coordinates);
    }

    /// Nobody waits for a lost node: a move to it is called off, and where it holds a partition
    /// another takes its place, if there is one.
    fn heal(&mut self) {
        let (now, coordinator) = (self.now, &self.coordinator);
        let lost = |node: NodeNumber| coordinator.knows_lost(node, now);
        let Some((partition, is_moving)) = self.topology.to_heal(lost) else { return };
        let place = |node: NodeNumber| super::index(node);
        let (replicas, _) = self.topology.holders(partition);
        let spares: Vec<usize> = (0..self.nodes.len())
            .filter(|&node| self.nodes[node].lost.is_none())
            .filter(|&node| !replicas.contains(&self.nodes[node].number))
            .collect();
        let left = replicas.iter().copied().filter(|&node| !lost(node)).map(place);
        let mut to: Vec<usize> = left.collect();
        if !spares.is_empty() {
            to.push(*self.random.pick(&spares));
        }
        let kind = if is_moving { ChangeKind::Cancel } else { ChangeKind::Move { to } };
        self.change(&Change { at: now, partition, kind });
    }
}
