//! What is kept of one peer, whether connected or not.

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::answering::AskPlaces;
use super::asks::Asks;
use super::send_queue::SendQueue;
use super::{Greeting, PeerAddress, PeerLimits, PeerRefusal};

/// A peer.
pub(super) struct Link {
    pub(super) address: PeerAddress,
    pub(super) queue: SendQueue,
    /// What it was asked.
    pub(super) asks: Asks,
    /// Room for what it asks.
    pub(super) places: AskPlaces,
    /// It has connected to this node.
    pub(super) heard_from: Notify,
    /// Counts its connections to this node. The latest replaces those before: one that is
    /// half open, as after its machine died, doesn't have to be waited for.
    pub(super) latest: watch::Sender<u64>,
    /// It is no member any more, or one elsewhere: both connections end.
    pub(super) gone: CancellationToken,
}

impl Link {
    pub(super) fn new(address: PeerAddress, limits: &PeerLimits) -> Self {
        Self {
            address,
            queue: SendQueue::new(limits),
            asks: Asks::new(limits.asks_max),
            places: AskPlaces::new(limits),
            heard_from: Notify::new(),
            latest: watch::Sender::new(0),
            gone: CancellationToken::new(),
        }
    }

    /// Ends both connections, for good. Nothing is taken for the peer any more.
    pub(super) fn end(&self) {
        self.gone.cancel();
    }

    /// Whether the node that greets so, under this one's id, has the data that it joined with.
    pub(super) fn check_disk(&self, greeting: &Greeting) -> Result<(), PeerRefusal> {
        match self.address.disk {
            Some(disk) if disk != greeting.disk => {
                Err(PeerRefusal::OtherDisk { id: greeting.id.clone() })
            }
            _ => Ok(()),
        }
    }
}
