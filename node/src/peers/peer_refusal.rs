//! Why a connection to or from another node was ended.

use ringway_replica::NodeNumber;
use ringway_ring::{Epoch, NodeId};
use thiserror::Error;

use super::{ClusterName, PROTOCOL_VERSION};

/// Why a connection was ended. What came over it before was valid; what was refused has
/// changed nothing.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub(super) enum PeerRefusal {
    #[error("too many connections that have not said who they are")]
    Busy,
    #[error("it did not say in time who it is")]
    Slow,
    #[error("what it sent is no greeting")]
    Garbage,
    #[error("it does not know this cluster's secret")]
    Secret,
    #[error("it speaks version {theirs} of the protocol, this node speaks {PROTOCOL_VERSION}")]
    Protocol { theirs: u32 },
    #[error("it is of the cluster {theirs}, this node of another that has the same secret")]
    Cluster { theirs: ClusterName },
    #[error("it has this node's own number: an address or an id is given twice")]
    Oneself,
    #[error("this node knows no member {id} with the number {number}")]
    UnknownNode { id: NodeId, number: NodeNumber },
    #[error("{answered} answered where {dialled} was expected: an address is wrong")]
    OtherNode { dialled: NodeId, answered: NodeId },
    #[error("it divides the partitions into {theirs} shards, this node into {ours}")]
    Shards { theirs: u8, ours: u8 },
    #[error(
        "{id} has another view of epoch {epoch} than this node: the two were configured with \
         different members, numbers of partitions or replication factors"
    )]
    Members { id: NodeId, epoch: Epoch },
    #[error("a message is longer than the {limit} bytes that are allowed")]
    TooLong { limit: usize },
    #[error("a message can't be decoded")]
    Undecodable,
    #[error("a message names {named} as its sender, or another of its starts")]
    Sender { named: NodeNumber },
    #[error("a message is for shard {shard}, which this node doesn't have")]
    Shard { shard: u8 },
    /// Not our refusal but theirs, as they word it.
    #[error("it refuses this node: {why:?}")]
    TurnedAway { why: String },
}

impl PeerRefusal {
    /// Every [`PeerRefusal::reason`].
    pub(super) const REASONS: [&'static str; 16] = [
        "busy",
        "slow",
        "garbage",
        "secret",
        "protocol",
        "cluster",
        "oneself",
        "unknown_node",
        "other_node",
        "shards",
        "members",
        "too_long",
        "undecodable",
        "sender",
        "shard",
        "turned_away",
    ];

    /// As it stands in metrics.
    pub(super) fn reason(&self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Slow => "slow",
            Self::Garbage => "garbage",
            Self::Secret => "secret",
            Self::Protocol { .. } => "protocol",
            Self::Cluster { .. } => "cluster",
            Self::Oneself => "oneself",
            Self::UnknownNode { .. } => "unknown_node",
            Self::OtherNode { .. } => "other_node",
            Self::Shards { .. } => "shards",
            Self::Members { .. } => "members",
            Self::TooLong { .. } => "too_long",
            Self::Undecodable => "undecodable",
            Self::Sender { .. } => "sender",
            Self::Shard { .. } => "shard",
            Self::TurnedAway { .. } => "turned_away",
        }
    }
}
