//! What a member says of itself when a connection begins.

use ringway_replica::{Incarnation, NodeNumber};
use ringway_ring::NodeId;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{ClusterName, PROTOCOL_VERSION, PeerRefusal};
use crate::cluster_id::ClusterId;
use crate::disk_id::DiskId;

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Greeting {
    pub(super) cluster: ClusterName,
    /// Nothing while it has not joined.
    pub(super) cluster_id: Option<ClusterId>,
    pub(super) number: NodeNumber,
    pub(super) id: NodeId,
    pub(super) incarnation: Incarnation,
    pub(super) disk: DiskId,
    pub(super) shards: u8,
    /// Whether it speaks TLS with the others.
    pub(super) tls: bool,
}

impl Greeting {
    pub(super) fn encode(&self) -> Vec<u8> {
        with_version(self)
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, PeerRefusal> {
        without_version(bytes)
    }

    /// Whether the two can be of one cluster, and different nodes of it.
    pub(super) fn check(&self, theirs: &Self) -> Result<(), PeerRefusal> {
        if theirs.cluster != self.cluster {
            return Err(PeerRefusal::Cluster { theirs: theirs.cluster.clone() });
        }
        if theirs.tls != self.tls {
            return Err(PeerRefusal::OtherTls { theirs: theirs.tls });
        }
        if theirs.number == self.number {
            return Err(PeerRefusal::Oneself);
        }
        let Some(ours_id) = self.cluster_id else {
            return Err(PeerRefusal::NotJoined { id: self.id.clone() });
        };
        let Some(theirs_id) = theirs.cluster_id else {
            return Err(PeerRefusal::NotJoined { id: theirs.id.clone() });
        };
        if theirs_id != ours_id {
            return Err(PeerRefusal::ClusterId { theirs: theirs_id, ours: ours_id });
        }
        if theirs.shards != self.shards {
            return Err(PeerRefusal::Shards { theirs: theirs.shards, ours: self.shards });
        }
        Ok(())
    }
}

/// `said` after the version of the protocol, which can be read whatever it is; the rest only
/// if it is ours.
pub(super) fn with_version(said: &impl Serialize) -> Vec<u8> {
    let bytes = PROTOCOL_VERSION.to_be_bytes().to_vec();
    postcard::to_extend(said, bytes)
        .unwrap_or_else(|error| unreachable!("a greeting can be written: {error}"))
}

/// What [`with_version`] has written.
pub(super) fn without_version<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, PeerRefusal> {
    let (version, rest) = bytes.split_first_chunk().ok_or(PeerRefusal::Garbage)?;
    let version = u32::from_be_bytes(*version);
    if version != PROTOCOL_VERSION {
        return Err(PeerRefusal::Protocol { theirs: version });
    }
    postcard::from_bytes(rest).map_err(|_| PeerRefusal::Garbage)
}
