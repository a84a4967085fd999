//! What a launcher runs.

use std::net::SocketAddr;

use ringway_ring::NodeId;
use serde::{Deserialize, Serialize};

/// A node that runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LaunchedNode {
    /// What it is called.
    pub id: NodeId,
    /// Where clients and the edge reach it.
    pub client: SocketAddr,
    /// Where the other nodes reach it.
    pub peer: SocketAddr,
}
