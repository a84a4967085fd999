//! What the other nodes have to say.

use std::sync::Arc;

use ringway_replica::{Envelope, Event, Incarnation, NodeNumber};

use super::Replication;
use crate::peers::{Answering, Ask, AskRefused, Inbox};

/// What the network tells the node.
pub(crate) struct PeerInbox(pub(crate) Arc<Replication>);

impl Inbox for PeerInbox {
    fn reachable(&self, peer: NodeNumber, incarnation: Incarnation) {
        for shard in &self.0.shards {
            shard.lock().tell(&self.0.outside, Event::Reachable { peer, incarnation });
        }
    }

    fn unreachable(&self, peer: NodeNumber) {
        for shard in &self.0.shards {
            shard.lock().tell(&self.0.outside, Event::Unreachable { peer });
        }
    }

    fn received(&self, shard: u8, envelope: Envelope) {
        // The greeting made sure that both have the same number of shards.
        if let Some(shard) = self.0.shards.get(usize::from(shard)) {
            let from = envelope.from;
            if !shard.lock().tell_message(&self.0.outside, envelope) {
                self.0.outside.complain(from);
            }
        }
    }

    fn asked(&self, _from: NodeNumber, ask: Ask, answering: Answering) {
        match ask {
            Ask::ListKeys { epoch, query } => self.0.answer_keys(epoch, query, answering),
            // The members are fixed: there is nothing to agree on.
            Ask::Raft(_) => answering.answer(Err(AskRefused::Failed)),
        }
    }
}
