//! What the cluster knows of a member.

use std::net::SocketAddr;

use ringway_ring::{Health, NodeId, Weight, Zone};
use serde::{Deserialize, Serialize};

use crate::disk_id::DiskId;

/// A member's part in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// None: it holds nothing, and nobody wants it to.
    Spare,
    /// It holds its share, or will when the change is done that added it.
    Active,
    /// A change is on its way after which it holds nothing. Then it is a spare.
    Leaving,
    /// As `Leaving`; but then it is retired.
    Retiring,
    /// It holds nothing, and is to be stopped and forgotten.
    Retired,
}

impl MemberState {
    /// Whether a change is on its way after which it holds nothing.
    #[must_use]
    pub fn is_on_its_way_out(self) -> bool {
        matches!(self, Self::Leaving | Self::Retiring)
    }
}

/// What the cluster knows of a member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberRecord {
    /// Where it listens for clients.
    pub client: SocketAddr,
    /// Where it listens for nodes.
    pub peer: SocketAddr,
    /// What it fails together with.
    pub zone: Zone,
    /// How much of the ring it takes while it is in it.
    pub weight: Weight,
    /// The disk that holds its data.
    pub disk: DiskId,
    /// Its part in the ring.
    pub state: MemberState,
    /// Whether it answers.
    pub health: Health,
}

impl MemberRecord {
    /// The member as the claim sees it.
    pub(super) fn claimant(&self, id: &NodeId) -> ringway_ring::Member {
        ringway_ring::Member { id: id.clone(), zone: self.zone.clone(), weight: self.weight }
    }
}
