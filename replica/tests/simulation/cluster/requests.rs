//! Clients' requests on their way to nodes, and the answers.

use ringway_replica::{ClientId, Event, Outcome, Reason};

use super::{Cluster, Happening, Violation, index};
use crate::client::{PATIENCE_MS, TIMEOUT_MS, operation};
use crate::invariants::Invariants;

impl Cluster {
    pub(super) fn ask(&mut self, client: usize) {
        if self.now >= self.scenario.busy_ms
            || self.clients.all[client].asked >= self.scenario.requests
            || self.clients.all[client].waiting.is_some()
        {
            return;
        }
        let (key, ask, stale) = self.clients.ask(client, self.scenario.keys, &mut self.random);
        let (partition, name) = self.key(key);
        let primary = index(self.topology.holders(partition).0[0]);
        let any = self.random.below(self.nodes.len() as u64) as usize;
        let node = if self.random.percent(self.scenario.to_primary) { primary } else { any };
        let operation = operation(&ask, stale, &mut self.random);
        self.clients.begin(client, node, key, ask, stale, self.now);
        let asked = self.clients.all[client].asked;
        if self.nodes[node].replica.is_none() {
            self.reply(client, &Outcome::NotApplied(Reason::Unreachable));
            return;
        }
        self.schedule(self.now + PATIENCE_MS, Happening::GiveUp { client, asked });
        let event = Box::new(Event::Request {
            client: ClientId((client as u64) << 32 | asked as u64),
            partition,
            key: name,
            operation,
            timeout_ms: TIMEOUT_MS,
        });
        let incarnation = self.nodes[node].incarnation;
        let at = self.now + self.random.below(2);
        self.schedule(at, Happening::Arrive { node, incarnation, event });
    }

    /// A node answers. What it says of a request that was given up nobody hears.
    pub(super) fn answer(&mut self, to: ClientId, outcome: &Outcome) -> Result<(), Violation> {
        let (client, asked) = ((to.0 >> 32) as usize, (to.0 & 0xffff_ffff) as usize);
        if self.clients.all[client].asked != asked {
            return Ok(());
        }
        if let Some(waiting) = &self.clients.all[client].waiting {
            let (partition, key) = self.key(waiting.key);
            Invariants::replied(&self.topology, partition, &key, outcome, &self.disks())?;
        }
        self.reply(client, outcome);
        Ok(())
    }

    pub(super) fn reply(&mut self, client: usize, outcome: &Outcome) {
        self.note(|| format!("client {client} is told {outcome:?}"));
        self.clients.told(client, outcome, self.now);
        let at = self.now + 1 + self.random.below(30);
        self.schedule(at, Happening::Ask { client });
    }
}
