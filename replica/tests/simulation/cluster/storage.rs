//! Stores on their way to a disk.

use ringway_replica::{Event, Ticket, Write};

use super::{Cluster, Happening, Violation};
use crate::faults::Kind;

impl Cluster {
    pub(super) fn store(&mut self, node: usize, ticket: Ticket, writes: Vec<Write>) {
        let (mut slower, mut full) = (0, false);
        for fault in &self.scenario.faults {
            match fault.kind {
                _ if !fault.is_active(self.now) => {}
                Kind::SlowDisk { node: slow, ms } if slow == node => slower = ms.max(slower),
                Kind::FullDisk { node: refusing } => full |= refusing == node,
                _ => {}
            }
        }
        let delay = self.random.below(3) + self.random.below(slower + 1);
        let at = (self.now + delay).max(self.nodes[node].disk_free);
        self.nodes[node].disk_free = at;
        if !full {
            self.nodes[node].disk.write(ticket, writes);
        }
        let incarnation = self.nodes[node].incarnation;
        self.schedule(at, Happening::Synced { node, incarnation, ticket, stored: !full });
    }

    pub(super) fn synced(
        &mut self,
        node: usize,
        incarnation: u64,
        ticket: Ticket,
        stored: bool,
    ) -> Result<(), Violation> {
        if !self.is_alive(node, incarnation) {
            return Ok(());
        }
        if !stored {
            self.note(|| format!("{node} could not store {ticket:?}"));
            return self.tell(node, Event::StoreFailed(ticket));
        }
        let writes = self.nodes[node].disk.sync(ticket);
        self.note(|| format!("{node} stored {writes:?}"));
        self.nodes[node].apply(&self.topology, &writes)?;
        self.tell(node, Event::Stored(ticket))
    }
}
