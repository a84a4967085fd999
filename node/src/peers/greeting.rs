//! What a node says of itself when a connection begins.

use ringway_replica::{Incarnation, NodeNumber};
use ringway_ring::{Epoch, NodeId};
use serde::{Deserialize, Serialize};

use super::{ClusterName, PROTOCOL_VERSION, PeerRefusal};

/// What a node says of itself. The version of the protocol goes before it and can be read
/// whatever the version is; the rest only if it is ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Greeting {
    pub(super) cluster: ClusterName,
    pub(super) number: NodeNumber,
    pub(super) id: NodeId,
    pub(super) incarnation: Incarnation,
    pub(super) shards: u8,
    pub(super) epoch: Epoch,
    pub(super) view_tag: String,
}

impl Greeting {
    pub(super) fn encode(&self) -> Vec<u8> {
        let bytes = PROTOCOL_VERSION.to_be_bytes().to_vec();
        postcard::to_extend(self, bytes)
            .unwrap_or_else(|error| unreachable!("a greeting can be written: {error}"))
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, PeerRefusal> {
        let (version, rest) = bytes.split_first_chunk().ok_or(PeerRefusal::Garbage)?;
        let version = u32::from_be_bytes(*version);
        if version != PROTOCOL_VERSION {
            return Err(PeerRefusal::Protocol { theirs: version });
        }
        postcard::from_bytes(rest).map_err(|_| PeerRefusal::Garbage)
    }

    /// Whether the two can be of one cluster, and different nodes of it.
    pub(super) fn check(&self, theirs: &Self) -> Result<(), PeerRefusal> {
        if theirs.cluster != self.cluster {
            return Err(PeerRefusal::Cluster { theirs: theirs.cluster.clone() });
        }
        if theirs.number == self.number {
            return Err(PeerRefusal::Oneself);
        }
        if theirs.shards != self.shards {
            return Err(PeerRefusal::Shards { theirs: theirs.shards, ours: self.shards });
        }
        if theirs.epoch == self.epoch && theirs.view_tag != self.view_tag {
            return Err(PeerRefusal::Members { id: theirs.id.clone(), epoch: self.epoch });
        }
        Ok(())
    }
}
