//! What a shard acts on.

use std::sync::Arc;

use ringway_replica::NodeNumber;

use super::clock::Clock;
use crate::peers::{PeerMessage, Peers};
use crate::store::Store;

/// What a shard acts on: the disk, the network and the clocks.
pub(super) struct Outside {
    pub(super) store: Arc<Store>,
    /// Nothing where there are no other nodes.
    pub(super) peers: Option<Arc<Peers>>,
    pub(super) clock: Clock,
}

impl Outside {
    /// Sends `message` to `to`, if that can be done at once.
    pub(super) fn send(&self, to: NodeNumber, message: PeerMessage) {
        if let Some(peers) = &self.peers {
            peers.send(to, message);
        }
    }
}
