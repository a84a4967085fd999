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
//! is claimed, both nonces, what TLS exports if there is TLS by then, and the greetings named,
//! each after its length.
//!
//! | | frame | what it is good for |
//! | --- | --- | --- |
//! | D → A, A → D | a nonce of 32 bytes each, at once | no frame of another connection fits |
//! | D → A | `tag(knock)`, or `tag(knock for TLS)` | D knows the secret. Before this A tells nothing but its nonce |
//! | D ↔ A | with `--peer-tls required`: TLS 1.3, and all that follows in it | nobody else reads it, or writes to it |
//! | A → D | A's greeting, `tag(answerer greets, A's)` | A knows the secret, and who it is |
//! | D → A | D's greeting, `tag(dialler greets, A's, D's)` | who D is, and whom it speaks to |
//! | A → D | nothing, or why D is refused | |
//!
//! A greeting is the protocol's version and then the cluster's name and id, and the node's
//! number, id, incarnation, disk and count of shards, and whether it speaks TLS. Both check it:
//! other versions, clusters and counts of shards, nodes that are no members, and members that
//! come with another disk than the one they joined with are refused. Everything up to and with
//! the version stays as it is in all versions, but for TLS. This is version 3.
//!
//! # TLS
//!
//! Both ends show a certificate. Members verify that the cluster's own authority has signed
//! it, that it is good now, and that it is the certificate of the node that greets; a member
//! without one is refused. The tags cover what the TLS session exports (RFC 9266's way, with a
//! label of our own): who stands between two nodes, and speaks TLS with each, can't make them.
//! [`tls`] says where certificates come from. Where one of two speaks TLS and the other does
//! not, A greets in plain, for D to see why; nothing else is told.
//!
//! # Who is no member yet
//!
//! Knows the secret like the others, and where some members listen: [`join()`]. It dials and
//! hears A's greeting; its own says that it wants to join, as what, and where it is, and by
//! which token where one is needed. Then one frame comes, under `tag(answers joiner, A's, its,
//! the answer)`, and the connection ends. With TLS it has no certificate, and knows no authority
//! to verify A's by: both trust by the tags, and the answer says by which authority the members
//! know each other. A member whose addresses have changed comes the same way: the others can't
//! dial it before they know, and answers to what it asks come on connections that they dialled.
//!
//! # Who is asked
//!
//! [`Peers::ask`] sends a question among the messages, and the answer comes among those of
//! the other connection, each named by the asker's start and a number. Both ends bound how
//! many are open; an asker that no longer waits, or whose peer is no longer reached, is
//! forgotten, and what answers it then is passed over.
//!
//! What is **not** protected with `--peer-tls off`: after the greeting the stream is neither
//! encrypted nor authenticated. Who can read the network reads values; who can write to it can
//! take over a connection that has begun. Then the nodes' network must be theirs alone. A secret
//! is as strong as it is long: who listens can try guesses against the knock, with TLS too.
//!
//! # What goes wrong, and what then
//!
//! A message may be lost, and nobody is told: the protocol above sends again what matters.
//! [`Peers::send`] never waits. What waits for a peer is bounded, and is gone with the
//! connection. A peer that says nothing, or reads nothing, for [`PeerLimits::silence`] is
//! unreachable, so one that stopped costs no memory, and the others no time. Who sends what
//! it should not is refused: the connection ends, the reason is counted and, once a minute,
//! logged; nothing else changes.

mod answering;
mod ask;
mod ask_error;
mod asks;
mod backoff;
mod cluster_name;
mod connection;
mod encoding;
mod frame_reader;
mod greeter;
mod greeting;
mod identity;
mod inbox;
mod incoming;
mod introduction;
mod join;
mod join_desk;
mod join_error;
mod join_request;
mod joiner;
mod keys_page;
mod knocking;
mod link;
mod outgoing;
mod peer_address;
mod peer_limits;
mod peer_message;
mod peer_metrics;
mod peer_refusal;
mod proof;
mod run;
mod secret;
mod send;
mod send_queue;
mod tls;
mod tls_metrics;

#[cfg(test)]
mod asks_test;
#[cfg(test)]
mod bad_peers_test;
#[cfg(test)]
mod encoding_test;
#[cfg(test)]
mod golden_test;
#[cfg(test)]
mod join_test;
#[cfg(test)]
mod members_test;
#[cfg(test)]
mod peers_test;
#[cfg(test)]
mod test_peer;
#[cfg(test)]
mod tls_test;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::RwLock;
use ringway_replica::NodeNumber;
use tokio::sync::{Notify, Semaphore};
use tokio::time::Instant;

pub(crate) use self::answering::Answering;
pub(crate) use self::ask::{Ask, AskId, AskRefused, Reply};
pub(crate) use self::ask_error::AskError;
pub(crate) use self::backoff::Backoff;
pub(crate) use self::cluster_name::ClusterName;
use self::encoding::PROTOCOL_VERSION;
use self::greeting::Greeting;
pub(crate) use self::identity::Identity;
pub(crate) use self::inbox::Inbox;
use self::introduction::Introduction;
pub(crate) use self::join::clusters_at;
pub use self::join::join;
pub(crate) use self::join_desk::JoinDesk;
pub use self::join_error::{JoinError, JoinFailure};
pub(crate) use self::join_request::JoinReply;
pub use self::join_request::{JoinRequest, Joined};
pub(crate) use self::keys_page::{KeyHead, KeysPage, KeysQuery, PeerKey};
use self::link::Link;
pub(crate) use self::peer_address::PeerAddress;
pub(crate) use self::peer_limits::PeerLimits;
pub(crate) use self::peer_message::PeerMessage;
pub(crate) use self::peer_metrics::PeerMetrics;
use self::peer_refusal::PeerRefusal;
#[cfg(test)]
pub(crate) use self::secret::secret_of;
pub use self::secret::{Secret, SecretError};
pub use self::tls::{PeerTls, PeerTlsError};
pub use self::tls_metrics::TlsMetrics;
use crate::cluster_id::ClusterId;
use crate::once_a_minute::OnceAMinute;

/// The other nodes of the cluster.
pub struct Peers {
    identity: Identity,
    limits: PeerLimits,
    metrics: PeerMetrics,
    /// Why somebody was refused.
    complaints: OnceAMinute<&'static str>,
    links: RwLock<BTreeMap<NodeNumber, Arc<Link>>>,
    /// The links are others than they were.
    changed: Notify,
    /// Places for nodes that want to join.
    joins: Semaphore,
}

impl Peers {
    /// The node `identity`, which knows no other yet. Nothing is connected before
    /// [`Peers::run`].
    #[must_use]
    pub fn new(identity: Identity, limits: PeerLimits, metrics: PeerMetrics) -> Self {
        Self {
            identity,
            metrics,
            complaints: OnceAMinute::new(),
            links: RwLock::default(),
            changed: Notify::new(),
            joins: Semaphore::new(limits.joins_max),
            limits,
        }
    }

    /// These are the nodes to speak with from now on; this node among them is passed over.
    /// Who is new is dialled, who is not among them any more is heard and reached no longer,
    /// and who has another address, or another disk, is dialled anew. It may be that the end
    /// of a connection is told a moment after this returns.
    pub fn set_members(&self, members: Vec<PeerAddress>) {
        let mut links = self.links.write();
        let mut before = std::mem::take(&mut *links);
        for member in members.into_iter().filter(|member| member.number != self.identity.number) {
            let link = match before.remove(&member.number) {
                Some(link) if link.address == member => link,
                other => {
                    if let Some(moved) = other {
                        moved.end();
                    }
                    Arc::new(Link::new(member, &self.limits))
                }
            };
            links.insert(link.address.number, link);
        }
        drop(links);
        for gone in before.into_values() {
            gone.end();
        }
        self.changed.notify_one();
    }

    /// This node has joined the cluster with this id.
    ///
    /// # Panics
    /// When it is of another already.
    pub fn set_cluster_id(&self, id: ClusterId) {
        let set = self.identity.cluster_id.get_or_init(|| id);
        assert_eq!(*set, id, "a node is of one cluster");
    }

    fn link(&self, peer: NodeNumber) -> Option<Arc<Link>> {
        self.links.read().get(&peer).cloned()
    }

    fn refused(&self, address: SocketAddr, refusal: &PeerRefusal) {
        self.metrics.refused(refusal);
        let reason = refusal.reason();
        if self.complaints.is_due(reason, Instant::now()) {
            let more = "more of this reason are only counted for a minute";
            tracing::warn!(%address, reason, "a peer was refused: {refusal} ({more})");
        }
    }
}
