//! How the cluster is, and how far a change of its ring is.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use ringway_ring::{ChangeProgress, Epoch, Health, NodeId, PartitionCount, Weight, Zone};
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
    /// How far a change is; nothing where none is on its way. In the view the time left is what
    /// was planned; here it goes by how fast partitions arrive, as soon as some have.
    pub(crate) change: Option<ChangeProgress>,
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
    /// The status that is in `cluster`, and what else is known: how long the rest of a change
    /// takes at its `observed` pace.
    pub(crate) fn of(cluster: &Cluster, handed_off_bytes: u64, observed: Option<u64>) -> Self {
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
            change: progress(cluster, observed),
            settings: cluster.settings(),
        }
    }
}

/// How far a change of `cluster` is whose rest takes as long as was `observed`, or else as was
/// planned.
pub(crate) fn progress(cluster: &Cluster, observed: Option<u64>) -> Option<ChangeProgress> {
    let planned = cluster.progress()?;
    Some(ChangeProgress { seconds_left: observed.or(planned.seconds_left), ..planned })
}
