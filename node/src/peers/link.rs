//! What is kept of one peer, whether connected or not.

use tokio::sync::{Notify, watch};

use super::send_queue::SendQueue;
use super::{PeerAddress, PeerLimits};

/// A peer.
pub(super) struct Link {
    pub(super) address: PeerAddress,
    pub(super) queue: SendQueue,
    /// It has connected to this node.
    pub(super) heard_from: Notify,
    /// Counts its connections to this node. The latest replaces those before: one that is
    /// half open, as after its machine died, doesn't have to be waited for.
    pub(super) latest: watch::Sender<u64>,
}

impl Link {
    pub(super) fn new(address: PeerAddress, limits: &PeerLimits) -> Self {
        Self {
            address,
            queue: SendQueue::new(limits),
            heard_from: Notify::new(),
            latest: watch::Sender::new(0),
        }
    }
}
