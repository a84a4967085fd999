//! What a launcher is asked to start.

use std::net::SocketAddr;

use ringway_ring::{NodeId, Weight, Zone};
use serde::{Deserialize, Serialize};

use crate::join_token::JoinToken;

/// A node that is to join a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartNode {
    /// What it is to be called.
    pub id: NodeId,
    /// Where members listen for nodes: it joins through whichever answers.
    pub join: Vec<SocketAddr>,
    /// What it fails together with.
    #[serde(default)]
    pub zone: Zone,
    /// How much of the ring it is to take.
    #[serde(default)]
    pub weight: Weight,
    /// What lets it join, where that is needed. Whoever asks sends it to the launcher, which hands
    /// it on in a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<JoinToken>,
}
