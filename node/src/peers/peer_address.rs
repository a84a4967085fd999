//! Where another node listens for nodes.

use std::net::SocketAddr;

use ringway_replica::NodeNumber;
use ringway_ring::NodeId;
use serde::{Deserialize, Serialize};

use crate::disk_id::DiskId;

/// A node of the cluster, as the other nodes reach it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerAddress {
    /// Its name in ballots and messages.
    pub number: NodeNumber,
    /// Its name everywhere else.
    pub id: NodeId,
    /// Where it listens for nodes; not where it serves clients.
    pub address: SocketAddr,
    /// The disk that it joined with: it is refused with any other. `None` where nobody
    /// remembers it.
    pub disk: Option<DiskId>,
}
