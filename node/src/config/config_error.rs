//! What is wrong with what a node is told.

use std::net::{IpAddr, SocketAddr};

use ringway_ring::{NodeId, ViewError};
use thiserror::Error;

use super::MAX_MAX_VALUE_BYTES;
use crate::peers::SecretError;

/// Which flags contradict each other. No data was opened and nothing bound.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The limit is zero, or larger than memory should be asked to hold.
    #[error("--max-value-bytes {bytes} is not from 1 to {MAX_MAX_VALUE_BYTES}")]
    MaxValueBytes {
        /// What was asked for.
        bytes: u64,
    },
    /// The node is not in its own cluster.
    #[error("--server-id {id} is not the id of any --member")]
    NotAMember {
        /// The node's id.
        id: NodeId,
    },
    /// The others would look for the node where it doesn't listen.
    #[error("--port {port} is not the port of this node's --member address {address}")]
    OtherPort {
        /// What the members say.
        address: SocketAddr,
        /// What the flag says.
        port: u16,
    },
    /// As [`ConfigError::OtherPort`]: from outside, loopback isn't reachable.
    #[error("--host {host} can't be reached at this node's --member address {address}")]
    OnlyLoopback {
        /// What the members say.
        address: SocketAddr,
        /// What the flag says.
        host: IpAddr,
    },
    /// Two members would give the same names to their ballots.
    #[error("--member: {first} and {second} have the same number; call one of them otherwise")]
    SameNumber {
        /// The one.
        first: NodeId,
        /// The other.
        second: NodeId,
    },
    /// The other nodes can't reach a member.
    #[error("--member {id} has no peer=PORT: each of several members needs one")]
    NoPeerPort {
        /// Which one.
        id: NodeId,
    },
    /// A member can't listen for nodes where it, or another, listens already.
    #[error("--member {id}: its peer address {address} is in use by a member already")]
    PeerAddressTaken {
        /// Which one.
        id: NodeId,
        /// Where.
        address: SocketAddr,
    },
    /// The nodes could not tell each other from strangers.
    #[error("--secret-file is missing: several members need a secret that they share")]
    NoSecret,
    /// There is no secret in its file.
    #[error("--secret-file {0}")]
    Secret(#[from] SecretError),
    /// The members make no cluster.
    #[error("--member: {0}")]
    Members(#[from] ViewError),
}
