//! Who a node is to the others.

use ringway_replica::{Incarnation, NodeNumber};
use ringway_ring::{Epoch, NodeId};

use super::{ClusterName, Greeting, Secret};

/// What a node tells of itself, and the secret by which it proves that it may.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its name in ballots and messages.
    pub number: NodeNumber,
    /// Its name everywhere else.
    pub id: NodeId,
    /// Which of its starts this is.
    pub incarnation: Incarnation,
    /// Its cluster's name.
    pub cluster: ClusterName,
    /// What the nodes of the cluster share.
    pub secret: Secret,
    /// Its view's epoch.
    pub epoch: Epoch,
    /// Differs between any two views that differ.
    pub view_tag: String,
    /// Into how many shards it divides the partitions.
    pub shards: u8,
}

impl Identity {
    /// What it says of itself to others.
    pub(super) fn greeting(&self) -> Greeting {
        Greeting {
            cluster: self.cluster.clone(),
            number: self.number,
            id: self.id.clone(),
            incarnation: self.incarnation,
            shards: self.shards,
            epoch: self.epoch,
            view_tag: self.view_tag.clone(),
        }
    }
}
