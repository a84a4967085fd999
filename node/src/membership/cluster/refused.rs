//! What the cluster does not do.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use ringway_auth::AuthRefused;
use ringway_ring::{Epoch, NodeId, Partition, ReplicationFactor};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::cluster_id::ClusterId;
use crate::disk_id::DiskId;

/// Why a command was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
pub enum Refused {
    /// There is a cluster already.
    #[error(
        "this node is in the cluster {cluster} already: start it without --bootstrap, or give it \
         another --data-directory"
    )]
    AlreadyBootstrapped {
        /// Which.
        cluster: ClusterId,
    },
    /// There is no cluster yet.
    #[error("there is no cluster yet: start its first node with --bootstrap")]
    NotBootstrapped,
    /// Another node of that name answers, from elsewhere.
    #[error(
        "a node called {id} is in the cluster already, at {address}: start this one under \
         another --server-id"
    )]
    IdTaken {
        /// The name.
        id: NodeId,
        /// Where the other listens for nodes.
        address: SocketAddr,
    },
    /// The member of that name has another disk.
    #[error(
        "{id} is a member with the disk {known}, and this disk is {found}: what it had promised \
         and stored is not here; start it with its old data directory, or, if that is lost, take \
         it out (`ringway ring apply --remove {id}`, then `ringway ring leave {id}`) and let it join \
         anew"
    )]
    OtherDisk {
        /// The member.
        id: NodeId,
        /// The disk that it has.
        known: DiskId,
        /// The disk that asked.
        found: DiskId,
    },
    /// Two names have one number.
    #[error(
        "the names {id} and {other} have the same number in ballots, by accident: start this \
         node under another --server-id"
    )]
    NumberTaken {
        /// The new name.
        id: NodeId,
        /// The member's.
        other: NodeId,
    },
    /// Two listeners have one address.
    #[error("the address {address} is {by}'s already: each node needs addresses of its own")]
    AddressTaken {
        /// The address.
        address: SocketAddr,
        /// Whose it is.
        by: NodeId,
    },
    /// More members than a view can number.
    #[error("the cluster has {members} members, which is all that it can have")]
    TooManyMembers {
        /// How many there are.
        members: usize,
    },
    /// No member is called so.
    #[error("no member of the cluster is called {id}")]
    NoSuchMember {
        /// The name.
        id: NodeId,
    },
    /// It is in the ring, and should not be.
    #[error("{id} is in the ring; take it out first: `ringway ring apply --remove {id}`")]
    InTheRing {
        /// The member.
        id: NodeId,
    },
    /// It is not in the ring, and should be.
    #[error("{id} is not in the ring; put it in: `ringway ring apply --add {id}`")]
    NotInTheRing {
        /// The member.
        id: NodeId,
    },
    /// A change contradicts itself.
    #[error("{id} can't be both added and removed")]
    AddedAndRemoved {
        /// The member.
        id: NodeId,
    },
    /// Somebody has to hold the data.
    #[error("no node would be left in the ring: at least one has to hold the data")]
    NobodyLeft,
    /// Each key is to have as many copies as the cluster was made for.
    #[error(
        "too few nodes would be left in the ring: {left}, and each key has {copies} copies; nobody \
         goes"
    )]
    TooFewLeft {
        /// How many would be left.
        left: usize,
        /// The replication factor.
        copies: ReplicationFactor,
    },
    /// It is about to be stopped.
    #[error("{id} is about to be stopped and forgotten: add a node of another name")]
    Retired {
        /// The member.
        id: NodeId,
    },
    /// One change at a time.
    #[error(
        "the ring is changing already ({}), and {left} partitions have not arrived: wait, or \
         stop it with `ringway ring cancel`",
        of_what(added, removed)
    )]
    ChangeUnderWay {
        /// Whom it adds.
        added: BTreeSet<NodeId>,
        /// Whom it removes.
        removed: BTreeSet<NodeId>,
        /// How many partitions are not yet where they shall be.
        left: usize,
    },
    /// Nothing is changing.
    #[error("the ring is not changing")]
    NoChangeUnderWay,
    /// The change does not want it elsewhere, or it moves already.
    #[error("partition {partition} has no move to begin")]
    NotToBegin {
        /// Which.
        partition: Partition,
    },
    /// What should end has ended, or was begun anew.
    #[error("partition {partition} is not moving since epoch {configuration}")]
    NotMoving {
        /// Which.
        partition: Partition,
        /// Since when it was thought to be moving.
        configuration: Epoch,
    },
    /// Lists of two lengths can't be in one view.
    #[error("all {all} partitions have to move as one, not {named} of them")]
    AllAtOnce {
        /// How many were named.
        named: usize,
        /// How many there are.
        all: usize,
    },
    /// Users or signing keys don't allow it.
    #[error(transparent)]
    Auth(#[from] AuthRefused),
    /// Whoever joins needs a token.
    #[error(
        "a node that joins this cluster needs a token: make one (`ringway token create`), and \
         start this node with --join-token-file"
    )]
    TokenMissing,
    /// Nobody made this token, or it is long forgotten.
    #[error(
        "this cluster knows no such join token, or has forgotten it: make another one (`ringway \
         token create`)"
    )]
    TokenUnknown,
    /// The token was good for one.
    #[error(
        "this join token was used already, by {by}: make one for each node (`ringway token create`)"
    )]
    TokenUsed {
        /// The node that has joined by it.
        by: NodeId,
    },
    /// The token was good for a while.
    #[error(
        "this join token ended at {ended}, in seconds since 1970: make another one (`ringway token \
         create`, with a longer --ttl if need be)"
    )]
    TokenExpired {
        /// When.
        ended: u64,
    },
    /// There is no room.
    #[error(
        "{open} join tokens wait to be used, which is all that there can be: wait until some end"
    )]
    TooManyTokens {
        /// How many.
        open: usize,
    },
    /// Nobody asks for tokens.
    #[error(
        "nodes join this cluster without a token: they need one where the nodes speak TLS with each \
         other (--peer-tls required, for a new cluster)"
    )]
    NoTokensNeeded,
}

fn of_what(added: &BTreeSet<NodeId>, removed: &BTreeSet<NodeId>) -> String {
    let part = |verb: &str, ids: &BTreeSet<NodeId>| {
        let ids: Vec<&str> = ids.iter().map(NodeId::as_str).collect();
        (!ids.is_empty()).then(|| format!("{verb} {}", ids.join(", ")))
    };
    let parts: Vec<String> =
        [part("adding", added), part("removing", removed)].into_iter().flatten().collect();
    if parts.is_empty() { "balancing".to_owned() } else { parts.join(", ") }
}
