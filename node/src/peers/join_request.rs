//! What a node says that wants to become a member, and what it is told.

use std::net::SocketAddr;

use ringway_ring::{NodeId, Weight, Zone};
use serde::{Deserialize, Serialize};

use super::{ClusterName, PeerAddress};
use crate::cluster_ca::ClusterCa;
use crate::cluster_id::ClusterId;
use crate::disk_id::DiskId;
use crate::join_token::JoinToken;

/// A node that wants to become a member, or that was one at another address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinRequest {
    /// The cluster that it wants to join, by its name.
    pub cluster: ClusterName,
    /// Its name, which its number follows from.
    pub id: NodeId,
    /// What its data lies on.
    pub disk: DiskId,
    /// Where it serves clients.
    pub client: SocketAddr,
    /// Where it listens for nodes.
    pub peer: SocketAddr,
    /// What it fails together with.
    pub zone: Zone,
    /// How much it can hold.
    pub weight: Weight,
    /// Into how many shards it divides the partitions.
    pub shards: u8,
    /// What lets it join, where that is needed.
    pub token: Option<JoinToken>,
}

/// What a [`JoinRequest`] comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum JoinReply {
    /// It is a member.
    Joined(Joined),
    /// It is none, and asking again is of no use before something is changed.
    Refused {
        /// Why, and what to do about it.
        why: String,
    },
    /// Who decides is another node.
    Elsewhere {
        /// Where that listens for nodes.
        leader: SocketAddr,
    },
    /// Nothing is decided, or it is not known what; to be asked again.
    Later {
        /// Why.
        why: String,
    },
}

/// The cluster of which a node has become a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// Which it is.
    pub cluster: ClusterId,
    /// Its members, the new one among them: whom it must know to hear the rest.
    pub members: Vec<PeerAddress>,
    /// By what they know each other, where they speak TLS.
    pub ca: Option<ClusterCa>,
}
