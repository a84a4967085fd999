//! What a shard acts on.

use std::sync::Arc;

use ringway_replica::NodeNumber;
use ringway_ring::Epoch;
use tokio::sync::watch;
use tokio::time::Instant;

use super::clock::Clock;
use crate::once_a_minute::OnceAMinute;
use crate::peers::{PeerMessage, Peers};
use crate::store::Store;

/// What a shard acts on: the disk, the network and the clocks.
pub(super) struct Outside {
    pub(super) store: Arc<Store>,
    /// Nothing where there are no other nodes.
    pub(super) peers: Option<Arc<Peers>>,
    pub(super) clock: Clock,
    /// Who sent what no node that works sends.
    pub(super) complaints: OnceAMinute<NodeNumber>,
    /// Who knows a later view than this node, and which.
    pub(super) behind: watch::Sender<Option<(NodeNumber, Epoch)>>,
}

impl Outside {
    /// Sends `message` to `to`, if that can be done at once.
    pub(super) fn send(&self, to: NodeNumber, message: PeerMessage) {
        if let Some(peers) = &self.peers {
            peers.send(to, message);
        }
    }

    /// `from` has sent what no node that works sends.
    pub(super) fn complain(&self, from: NodeNumber) {
        if self.complaints.is_due(from, Instant::now()) {
            tracing::warn!(
                %from,
                "a message that no node that works sends was ignored (more of this node are only \
                 counted for a minute)"
            );
        }
    }
}
