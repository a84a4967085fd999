//! What a node may ask another, and what it may be told.

use bytes::Bytes;
use ringway_replica::{Incarnation, Size};
use ringway_ring::{Epoch, Partition};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{KeysPage, KeysQuery};
use crate::coordinator::Progress;

/// A question to another node. One more is a variant here, one of [`Reply`], and a line in
/// each `kind`: the rest of the transport doesn't look into them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// For a page of the keys that it holds.
    ListKeys {
        /// The asker's view: nodes with different views count on different holders.
        epoch: Epoch,
        /// Which keys.
        query: KeysQuery,
    },
    /// What the consensus over the cluster's state has to say, as it encodes it.
    Raft(Bytes),
    /// For how far it is with what the coordinator waits for.
    Progress,
    /// For the latest state of the cluster that it knows.
    Cluster,
    /// For how much it holds of each partition.
    Sizes,
    /// To end in good order.
    End,
    /// To answer once it has heard of this state of the cluster.
    Hear(Epoch),
}

/// The answer to an [`Ask`] of the same kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The page.
    Keys(KeysPage),
    /// What the consensus answers, as it encodes it.
    Raft(Bytes),
    /// How far it is.
    Progress(Progress),
    /// The state, as [`Cluster::to_bytes`](crate::membership::Cluster::to_bytes) writes it.
    Cluster(Bytes),
    /// How much it holds of those partitions that it has counted since it started.
    Sizes(Vec<(Partition, Size)>),
    /// It begins to.
    Ending,
    /// It has.
    Heard,
}

/// Which question a reply is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskKind {
    Keys,
    Raft,
    Progress,
    Cluster,
    Sizes,
    End,
    Hear,
}

impl Ask {
    pub(super) fn kind(&self) -> AskKind {
        match self {
            Self::ListKeys { .. } => AskKind::Keys,
            Self::Raft(_) => AskKind::Raft,
            Self::Progress => AskKind::Progress,
            Self::Cluster => AskKind::Cluster,
            Self::Sizes => AskKind::Sizes,
            Self::End => AskKind::End,
            Self::Hear(_) => AskKind::Hear,
        }
    }
}

impl Reply {
    pub(super) fn kind(&self) -> AskKind {
        match self {
            Self::Keys(_) => AskKind::Keys,
            Self::Raft(_) => AskKind::Raft,
            Self::Progress(_) => AskKind::Progress,
            Self::Cluster(_) => AskKind::Cluster,
            Self::Sizes(_) => AskKind::Sizes,
            Self::Ending => AskKind::End,
            Self::Heard => AskKind::Hear,
        }
    }
}

/// Names a question to the one that asked it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskId {
    /// The asker's start: an answer to an earlier one fits no question of this one.
    pub start: Incarnation,
    /// Counts its questions to one node.
    pub number: u64,
}

/// Why a node that was asked tells nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
pub enum AskRefused {
    /// It is at work on as many questions as it takes.
    #[error("it has too much to do")]
    Busy,
    /// It has another view of the ring.
    #[error("it has another view of the ring")]
    OtherView,
    /// It tried, or can't.
    #[error("it can't do what it was asked")]
    Failed,
    /// Its answer is longer than a message may be.
    #[error("its answer is too long to be sent")]
    TooLong,
}
