//! How the cluster is, and how far a change of its ring is.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use ringway_ring::{Epoch, Health, NodeId, PartitionCount, Weight, Zone};
use serde::{Deserialize, Serialize};

use crate::membership::{Cluster, MemberState, Settings};

/// The answer to `GET /ring/status`: the cluster, as far as the node knows that answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RingStatus {
    pub(crate) epoch: Epoch,
    pub(crate) members: BTreeMap<NodeId, MemberStatus>,
    pub(crate) partitions: PartitionCount,
    /// How many have not arrived, moving or not.
    pub(crate) partitions_left: usize,
    pub(crate) moving: usize,
    /// Bytes of values that the nodes which can be reached have copied of partitions that
    /// moved, each since its start.
    pub(crate) handed_off_bytes: u64,
    /// About how long the rest of the change takes; nothing where that is not known.
    pub(crate) eta_seconds: Option<u64>,
    pub(crate) settings: Settings,
}

/// One member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MemberStatus {
    pub(crate) state: MemberState,
    pub(crate) health: Health,
    pub(crate) zone: Zone,
    pub(crate) weight: Weight,
    /// Where it listens for clients.
    pub(crate) client: SocketAddr,
    /// Where it listens for nodes.
    pub(crate) peer: SocketAddr,
}

impl RingStatus {
    /// The status that is in `cluster`, and what else is known.
    pub(crate) fn of(cluster: &Cluster, handed_off_bytes: u64, eta_seconds: Option<u64>) -> Self {
        let members = cluster.members().iter().map(|(id, member)| {
            let status = MemberStatus {
                state: member.state,
                health: member.health,
                zone: member.zone.clone(),
                weight: member.weight,
                client: member.client,
                peer: member.peer,
            };
            (id.clone(), status)
        });
        Self {
            epoch: cluster.epoch(),
            members: members.collect(),
            partitions: cluster.partitions(),
            partitions_left: cluster.partitions_left(),
            moving: cluster.moving().count(),
            handed_off_bytes,
            eta_seconds,
            settings: cluster.settings(),
        }
    }
}
