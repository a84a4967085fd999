//! What the other nodes have to say.

use std::sync::Arc;

use ringway_replica::{Event, Incarnation, NodeNumber};

use super::Replication;
use crate::peers::{Inbox, PeerMessage};

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
        self.0.key_asks.forget(peer);
    }

    fn received(&self, from: NodeNumber, message: PeerMessage) {
        match message {
            PeerMessage::Replication { shard, envelope } => {
                // The greeting made sure that both have the same number of shards.
                if let Some(shard) = self.0.shards.get(usize::from(shard)) {
                    shard.lock().tell(&self.0.outside, Event::Message(Box::new(envelope)));
                }
            }
            PeerMessage::ListKeys { id, epoch, query } => {
                self.0.answer_keys(from, id, epoch, query);
            }
            PeerMessage::KeysListed { id, keys } => self.0.key_asks.answered(from, id, keys),
        }
    }
}
