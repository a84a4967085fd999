//! Node to node: the connections over which the nodes of a cluster speak with each other.
//!
//! Each node dials each other one, and sends its messages on the connection that it
//! dialled; the other end only says now and then that it is there and how many bytes it
//! has read. So a connection has one writer and one reader, and a node knows of each
//! direction by itself whether it works.
//!
//! # How a connection begins
//!
//! Frames are a length of four bytes, highest first, and that many bytes. `D` has dialled,
//! `A` answers; `tag(...)` is the HMAC-SHA256 under the cluster's secret of a label for what
//! is claimed, both nonces, and the greetings named, each after its length.
//!
//! | | frame | what it is good for |
//! | --- | --- | --- |
//! | D → A, A → D | a nonce of 32 bytes each, at once | no frame of another connection fits |
//! | D → A | `tag(knock)` | D knows the secret. Before this A tells nothing but its nonce |
//! | A → D | A's greeting, `tag(answerer greets, A's)` | A knows the secret, and who it is |
//! | D → A | D's greeting, `tag(dialler greets, A's, D's)` | who D is, and whom it speaks to |
//! | A → D | nothing, or why D is refused | |
//!
//! A greeting is the protocol's version and then cluster, number, id, incarnation, shards,
//! epoch and view tag. Both check it: other versions, clusters, counts of shards, unknown
//! nodes, and nodes that have another view of the same epoch are refused. Everything up to
//! and with the version stays as it is in all versions.
//!
//! What is **not** protected yet: after the greeting the stream is neither encrypted nor
//! authenticated. Who can read the network reads values; who can write to it can take over
//! a connection that has begun. Until the nodes speak TLS with each other, their network
//! must be theirs alone. A secret is as strong as it is long: who listens can try guesses.
//!
//! # What goes wrong, and what then
//!
//! A message may be lost, and nobody is told: the protocol above sends again what matters.
//! [`Peers::send`] never waits. What waits for a peer is bounded, and is gone with the
//! connection. A peer that says nothing, or reads nothing, for [`PeerLimits::silence`] is
//! unreachable, so one that stopped costs no memory, and the others no time. Who sends what
//! it should not is refused: the connection ends, the reason is counted and, once a minute,
//! logged; nothing else changes.

mod backoff;
mod cluster_name;
mod complaints;
mod encoding;
mod frame_reader;
mod greeter;
mod greeting;
mod identity;
mod inbox;
mod incoming;
mod link;
mod outgoing;
mod peer_address;
mod peer_limits;
mod peer_message;
mod peer_metrics;
mod peer_refusal;
mod proof;
mod secret;
mod send_queue;

#[cfg(test)]
mod bad_peers_test;
#[cfg(test)]
mod encoding_test;
#[cfg(test)]
mod peers_test;
#[cfg(test)]
mod test_peer;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::time::Duration;

use ringway_replica::NodeNumber;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;

pub(crate) use self::cluster_name::ClusterName;
use self::complaints::Complaints;
use self::encoding::PROTOCOL_VERSION;
use self::greeting::Greeting;
pub(crate) use self::identity::Identity;
pub(crate) use self::inbox::Inbox;
use self::link::Link;
pub(crate) use self::peer_address::PeerAddress;
pub(crate) use self::peer_limits::PeerLimits;
pub(crate) use self::peer_message::{KeyHead, KeysPage, KeysQuery, PeerKey, PeerMessage};
pub(crate) use self::peer_metrics::PeerMetrics;
use self::peer_refusal::PeerRefusal;
pub(crate) use self::secret::{Secret, SecretError};
use self::send_queue::Dropped;

/// The other nodes of the cluster.
pub struct Peers {
    identity: Identity,
    limits: PeerLimits,
    metrics: PeerMetrics,
    complaints: Complaints,
    links: BTreeMap<NodeNumber, Arc<Link>>,
}

impl Peers {
    /// The node `identity` and those that it speaks with; itself among `peers` is passed
    /// over. Nothing is connected before [`Peers::run`].
    #[must_use]
    pub fn new(
        identity: Identity,
        peers: Vec<PeerAddress>,
        limits: PeerLimits,
        metrics: PeerMetrics,
    ) -> Self {
        let links = peers
            .into_iter()
            .filter(|peer| peer.number != identity.number)
            .map(|peer| (peer.number, Arc::new(Link::new(peer, &limits))))
            .collect();
        Self { identity, limits, metrics, complaints: Complaints::default(), links }
    }

    /// Dials every peer and takes connections on `listener`, until it is dropped: then all
    /// connections end, and `inbox` hears nothing more. To be run once.
    ///
    /// # Panics
    /// When `inbox` does.
    pub async fn run(self: Arc<Self>, listener: TcpListener, inbox: Arc<dyn Inbox>) {
        let mut tasks = JoinSet::new();
        for link in self.links.values() {
            tasks.spawn(outgoing::keep(Arc::clone(&self), Arc::clone(link), Arc::clone(&inbox)));
        }
        let places = Arc::new(Semaphore::new(self.limits.greetings_max));
        loop {
            let (stream, address) = tokio::select! {
                accepted = accept(&listener) => accepted,
                Some(ended) = tasks.join_next() => {
                    if let Some(panic) = ended.err().and_then(|error| error.try_into_panic().ok()) {
                        resume_unwind(panic);
                    }
                    continue;
                }
            };
            match Arc::clone(&places).try_acquire_owned() {
                Ok(place) => {
                    let (peers, inbox) = (Arc::clone(&self), Arc::clone(&inbox));
                    tasks.spawn(incoming::serve(peers, stream, address, place, inbox));
                }
                Err(_) => self.refused(address, &PeerRefusal::Busy),
            }
        }
    }

    /// Sends `message` to `to`, after what was sent to it before, if it can be reached: it
    /// is dropped, and counted, where there is no connection or too much waits already.
    /// Never blocks.
    pub fn send(&self, to: NodeNumber, message: PeerMessage) {
        let link = self.links.get(&to).ok_or(Dropped::NotConnected);
        if let Err(dropped) = link.and_then(|link| link.queue.push(message)) {
            self.metrics.dropped(dropped, 1);
        }
    }

    /// Whether messages to `peer` have a way.
    pub fn reaches(&self, peer: NodeNumber) -> bool {
        self.links.get(&peer).is_some_and(|link| link.queue.is_open())
    }

    fn refused(&self, address: SocketAddr, refusal: &PeerRefusal) {
        self.metrics.refused(refusal);
        self.complaints.log(address, refusal);
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                // Out of file descriptors, most likely: they come back.
                tracing::warn!(%error, "a peer's connection could not be accepted");
                sleep(Duration::from_millis(50)).await;
            }
        }
    }
}
