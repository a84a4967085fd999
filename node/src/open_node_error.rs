//! Why a node did not come up.

use std::io;
use std::time::Duration;

use metrics_exporter_prometheus::BuildError;
use ringway_ring::NodeId;
use thiserror::Error;

use crate::auth_set_up::AuthSetUpError;
use crate::cluster_id::ClusterId;
use crate::membership::{ConsensusError, ProposeError};
use crate::peers::{JoinError, PeerTlsError};
use crate::store::OpenStoreError;

/// Why a node did not come up. What its data directory holds is as it was.
#[derive(Debug, Error)]
pub enum OpenNodeError {
    /// The store did not open.
    #[error(transparent)]
    Store(#[from] OpenStoreError),
    /// Nobody said how it comes to a cluster.
    #[error(
        "this data directory is new: start the first node of a cluster with --bootstrap, and \
         every other one with --join and the address where a member listens for nodes"
    )]
    NewDirectory,
    /// It has a cluster.
    #[error(
        "this data directory is of the cluster {cluster} already: start it without --bootstrap, \
         or make the new cluster in another --data-directory"
    )]
    AlreadyMember {
        /// Which.
        cluster: ClusterId,
    },
    /// It is to join another one.
    #[error(
        "this data directory is of the cluster {ours}, and {at}, which --join names, is of another \
         one, {theirs}: start it with --join and members of its own cluster, or without --join; to \
         have this node join the other one, give it another --data-directory"
    )]
    OtherCluster {
        /// One of those that are named.
        at: String,
        /// The cluster that it is of.
        theirs: ClusterId,
        /// The data's.
        ours: ClusterId,
    },
    /// The data are another node's.
    #[error(
        "this data directory is {owner}'s: start it with --server-id {owner}, or {asked} with a \
         --data-directory of its own"
    )]
    OtherNode {
        /// Whose they are.
        owner: NodeId,
        /// Who asked for them.
        asked: NodeId,
    },
    /// It was taken out for good.
    #[error(
        "{id} was removed from the cluster, and all that it held is with others: remove its data \
         directory to let it join anew"
    )]
    Retired {
        /// Which node.
        id: NodeId,
    },
    /// It was not taken in.
    #[error(transparent)]
    Join(#[from] JoinError),
    /// It was taken in, and hears nothing.
    #[error(
        "this node has joined, but nobody has told it of the cluster for {} s: can the others \
         reach it where it says (--advertise, --peer-port)?",
        patience.as_secs()
    )]
    NoNews {
        /// How long it waited.
        patience: Duration,
    },
    /// Consensus doesn't work.
    #[error(transparent)]
    Consensus(#[from] ConsensusError),
    /// The cluster was not made.
    #[error("the cluster could not be made: {0}")]
    Bootstrap(#[from] ProposeError),
    /// Its nodes speak TLS with each other.
    #[error(
        "the nodes of this cluster speak TLS with each other: start this one with --peer-tls \
         required, and the cluster's secret (--secret-file)"
    )]
    ClusterWithTls,
    /// Its nodes don't.
    #[error(
        "the nodes of this cluster speak without TLS: start this one with --peer-tls off; a cluster \
         that is made with --bootstrap and --peer-tls required speaks TLS from its beginning"
    )]
    ClusterWithoutTls,
    /// It has no certificate.
    #[error(transparent)]
    PeerTls(#[from] PeerTlsError),
    /// It is not known who may use the cluster.
    #[error(transparent)]
    AuthSetUp(#[from] AuthSetUpError),
    /// The system has no randomness.
    #[error("no name for the cluster could be drawn: {0}")]
    Randomness(getrandom::Error),
    /// The listener for the other nodes can't be used.
    #[error("the listener for the other nodes can't be used: {0}")]
    PeerListener(io::Error),
    /// A thread died.
    #[error("the data were not opened: {0}")]
    Task(tokio::task::JoinError),
    /// The metrics were refused.
    #[error("the metrics could not be set up: {0}")]
    Metrics(#[from] BuildError),
}
