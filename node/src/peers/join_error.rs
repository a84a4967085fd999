//! Why a node could not join.

use std::io;

use thiserror::Error;

use super::{ClusterName, PROTOCOL_VERSION};

/// Why a node is no member: what came of each address that it was given or sent to, the
/// last time that it tried.
#[derive(Debug, Error)]
#[error("can't join the cluster {cluster}: {}", in_a_row(.attempts))]
pub struct JoinError {
    pub(super) cluster: ClusterName,
    pub(super) attempts: Vec<(String, JoinFailure)>,
}

fn in_a_row(attempts: &[(String, JoinFailure)]) -> String {
    let attempts: Vec<_> =
        attempts.iter().map(|(address, failure)| format!("{address}: {failure}")).collect();
    attempts.join("; ")
}

/// What came of one address.
#[derive(Debug, Error)]
pub enum JoinFailure {
    /// The name stands for no address.
    #[error("the name can't be resolved ({0}): it must be a HOST:PORT that this machine knows")]
    Unresolved(io::Error),
    /// No connection came about.
    #[error(
        "nobody can be connected to there ({0}): is a member running, and is this the port \
         where it listens for nodes?"
    )]
    Unconnected(io::Error),
    /// The connection ended before the other said who it is.
    #[error(
        "it closed the connection during the greeting: most likely its secret is another than \
         this node's; compare the secrets' files"
    )]
    Closed,
    /// The other does not know the secret.
    #[error("who answers doesn't know this node's secret; compare the secrets' files")]
    Secret,
    /// Something else listens there.
    #[error("who answers is no ringway node, or this is the port on which it serves clients")]
    Garbage,
    /// Another version of the program.
    #[error(
        "it speaks version {theirs} of the protocol between nodes, this node \
         {PROTOCOL_VERSION}: start the version of ringway here that the cluster runs"
    )]
    Protocol {
        /// The version that it speaks.
        theirs: u32,
    },
    /// A cluster of another name.
    #[error(
        "it is of the cluster {theirs}: ask for that with --cluster {theirs}, or give the \
         address of a member of the one that is meant"
    )]
    Cluster {
        /// Its name.
        theirs: ClusterName,
    },
    /// One speaks TLS and the other does not.
    #[error(
        "{}",
        if *.theirs {
            "the cluster's nodes speak TLS with each other: start this one with --peer-tls \
             required and --join-token-file"
        } else {
            "the cluster's nodes speak without TLS: start this one with --peer-tls off, or make a \
             new cluster with --peer-tls required"
        }
    )]
    OtherTls {
        /// Whether the cluster's nodes do.
        theirs: bool,
    },
    /// It dialled itself.
    #[error("that is this node's own address: give it that of a member")]
    Oneself,
    /// The cluster said no.
    #[error("refused: {why}")]
    Refused {
        /// As it words it.
        why: String,
    },
    /// The cluster said that it should try again.
    #[error("not yet: {why}")]
    Later {
        /// As it words it.
        why: String,
    },
    /// One sent it to the next, and nobody decided.
    #[error("it was sent from node to node: the cluster is choosing who decides")]
    SentOn,
    /// The connection broke while it waited for the answer.
    #[error("the connection broke before the answer came ({0}): it may have joined")]
    Broken(io::Error),
    /// No answer.
    #[error("no answer: is the network between the two open?")]
    Slow,
}

impl JoinFailure {
    /// Whether trying again is of no use before somebody changes something.
    pub(super) fn is_lasting(&self) -> bool {
        match self {
            Self::Secret
            | Self::Garbage
            | Self::Protocol { .. }
            | Self::Cluster { .. }
            | Self::OtherTls { .. }
            | Self::Oneself
            | Self::Refused { .. } => true,
            Self::Unresolved(_)
            | Self::Unconnected(_)
            | Self::Closed
            | Self::Later { .. }
            | Self::SentOn
            | Self::Broken(_)
            | Self::Slow => false,
        }
    }
}
