//! Who a node is to the others.

use std::sync::{Arc, OnceLock};

use ringway_replica::{Incarnation, NodeNumber};
use ringway_ring::NodeId;

use super::{ClusterName, Greeting, PeerTls, Secret};
use crate::cluster_id::ClusterId;
use crate::disk_id::DiskId;

/// What a node tells of itself, and the secret by which it proves that it may.
#[derive(Clone)]
pub struct Identity {
    /// Its name in ballots and messages.
    pub number: NodeNumber,
    /// Its name everywhere else.
    pub id: NodeId,
    /// Which of its starts this is.
    pub incarnation: Incarnation,
    /// What its data lies on.
    pub disk: DiskId,
    /// Its cluster's name.
    pub cluster: ClusterName,
    /// Which cluster of that name; not set while it has not joined, and speaks with nobody.
    pub cluster_id: OnceLock<ClusterId>,
    /// What the nodes of the cluster share.
    pub secret: Secret,
    /// Its certificates, where the nodes speak TLS with each other.
    pub tls: Option<Arc<PeerTls>>,
    /// Into how many shards it divides the partitions.
    pub shards: u8,
}

impl Identity {
    /// What it says of itself to others.
    pub(super) fn greeting(&self) -> Greeting {
        Greeting {
            cluster: self.cluster.clone(),
            cluster_id: self.cluster_id.get().copied(),
            number: self.number,
            id: self.id.clone(),
            incarnation: self.incarnation,
            disk: self.disk,
            shards: self.shards,
            tls: self.tls.is_some(),
        }
    }
}
