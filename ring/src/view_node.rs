//! A node as the view publishes it.

use core::net::SocketAddr;

use serde::{Deserialize, Serialize};

use crate::{Member, NodeId, Weight, Zone};

/// Whether the edge should try a node first or last. A routing hint: it changes no
/// ownership.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Answers.
    #[default]
    Up,
    /// Doesn't, as far as the cluster can tell.
    Down,
}

/// A node as the view publishes it: a [`Member`], and where clients reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewNode {
    /// Its name; unique in the view.
    pub id: NodeId,
    /// Its client listener. An address, never a host name: Envoy's `override_host`
    /// and HAProxy's `set-dst` compare and connect to addresses.
    pub address: SocketAddr,
    /// What it fails together with.
    #[serde(default, skip_serializing_if = "Zone::is_unnamed")]
    pub zone: Zone,
    /// How much of the ring it takes.
    pub weight: Weight,
    /// Whether to try it first or last.
    pub health: Health,
}

impl ViewNode {
    /// A node that is up, weighs one and is in no named zone.
    #[must_use]
    pub fn new(id: NodeId, address: SocketAddr) -> Self {
        Self { id, address, zone: Zone::default(), weight: Weight::ONE, health: Health::Up }
    }

    /// The node as the claim sees it.
    #[must_use]
    pub fn member(&self) -> Member {
        Member { id: self.id.clone(), zone: self.zone.clone(), weight: self.weight }
    }
}
