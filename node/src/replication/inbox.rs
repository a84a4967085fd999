//! What the other nodes' replicas have to say.

use ringway_replica::{Envelope, Event, Incarnation, NodeNumber};

use super::Replication;

impl Replication {
    /// Messages to `peer` have a way from now on; this is its present start.
    pub(crate) fn reachable(&self, peer: NodeNumber, incarnation: Incarnation) {
        for shard in &self.shards {
            shard.lock().tell(&self.outside, Event::Reachable { peer, incarnation });
        }
    }

    /// They no longer have.
    pub(crate) fn unreachable(&self, peer: NodeNumber) {
        for shard in &self.shards {
            shard.lock().tell(&self.outside, Event::Unreachable { peer });
        }
    }

    /// A message for `shard` came.
    pub(crate) fn received(&self, shard: u8, envelope: Envelope) {
        // The greeting made sure that both have the same number of shards.
        if let Some(shard) = self.shards.get(usize::from(shard)) {
            let from = envelope.from;
            if !shard.lock().tell_message(&self.outside, envelope) {
                self.outside.complain(from);
            }
        }
    }
}
