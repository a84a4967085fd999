//! Why a connection to or from another node was ended.

use ringway_replica::NodeNumber;
use ringway_ring::NodeId;
use thiserror::Error;

use super::{ClusterName, PROTOCOL_VERSION};
use crate::cluster_id::ClusterId;

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
    #[error(
        "it is of the cluster with the id {theirs}, this node of {ours}: two clusters were made \
         under one name, as by starting a second first node instead of letting it join; a node goes \
         from one to the other only with an empty data directory"
    )]
    ClusterId { theirs: ClusterId, ours: ClusterId },
    #[error("{id} has not joined a cluster yet")]
    NotJoined { id: NodeId },
    #[error(
        "it has this node's own number: two nodes are called alike, or an address is given twice; \
         start one of the two under another --server-id"
    )]
    Oneself,
    #[error("this node knows no member {id} with the number {number}")]
    UnknownNode { id: NodeId, number: NodeNumber },
    #[error("{answered} answered where {dialled} was expected: an address is wrong")]
    OtherNode { dialled: NodeId, answered: NodeId },
    #[error("it divides the partitions into {theirs} shards, this node into {ours}")]
    Shards { theirs: u8, ours: u8 },
    #[error(
        "{id} comes with another disk than the one it joined with: what it had acknowledged is \
         not there. Remove {id} from the ring first, or give it its old data back, or let it \
         join under another id"
    )]
    OtherDisk { id: NodeId },
    #[error("a message is longer than the {limit} bytes that are allowed")]
    TooLong { limit: usize },
    #[error("a message can't be decoded")]
    Undecodable,
    #[error("a message names {named} as its sender, or another of its starts")]
    Sender { named: NodeNumber },
    #[error("a message is for shard {shard}, which this node doesn't have")]
    Shard { shard: u8 },
    #[error("a reply is to another question than was asked")]
    Reply,
    #[error(
        "it speaks {} and this node {}: start all nodes of a cluster with the same --peer-tls",
        if *.theirs { "TLS" } else { "without TLS" },
        if *.theirs { "does not" } else { "speaks TLS" },
    )]
    OtherTls { theirs: bool },
    #[error("its certificate is not one that this node accepts: {why}")]
    Certificate { why: String },
    #[error("{id} shows no certificate of this cluster")]
    NoCertificate { id: NodeId },
    #[error("it says that it is {id}, and shows the certificate of another node")]
    OthersCertificate { id: NodeId },
    #[error("too many nodes want to join at once")]
    JoinBusy,
    #[error("{id} can't join: {why}")]
    Join { id: NodeId, why: String },
    /// Not our refusal but theirs, as they word it.
    #[error("it refuses this node: {why:?}")]
    TurnedAway { why: String },
}

impl PeerRefusal {
    /// Every [`PeerRefusal::reason`].
    pub(super) const REASONS: [&'static str; 25] = [
        "busy",
        "slow",
        "garbage",
        "secret",
        "protocol",
        "cluster",
        "cluster_id",
        "not_joined",
        "oneself",
        "unknown_node",
        "other_node",
        "shards",
        "other_disk",
        "too_long",
        "undecodable",
        "sender",
        "shard",
        "reply",
        "other_tls",
        "certificate",
        "no_certificate",
        "others_certificate",
        "join_busy",
        "join",
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
            Self::ClusterId { .. } => "cluster_id",
            Self::NotJoined { .. } => "not_joined",
            Self::Oneself => "oneself",
            Self::UnknownNode { .. } => "unknown_node",
            Self::OtherNode { .. } => "other_node",
            Self::Shards { .. } => "shards",
            Self::OtherDisk { .. } => "other_disk",
            Self::TooLong { .. } => "too_long",
            Self::Undecodable => "undecodable",
            Self::Sender { .. } => "sender",
            Self::Shard { .. } => "shard",
            Self::Reply => "reply",
            Self::OtherTls { .. } => "other_tls",
            Self::Certificate { .. } => "certificate",
            Self::NoCertificate { .. } => "no_certificate",
            Self::OthersCertificate { .. } => "others_certificate",
            Self::JoinBusy => "join_busy",
            Self::Join { .. } => "join",
            Self::TurnedAway { .. } => "turned_away",
        }
    }
}
