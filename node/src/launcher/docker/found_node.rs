//! A container that is a node.

use std::net::{IpAddr, SocketAddr};

use bollard::models::{ContainerInspectResponse, MountPoint};
use ringway_ring::NodeId;

use super::super::LaunchedNode;
use super::container_spec::{DATA, NETWORK_LABEL};
use super::{CLIENT_PORT, PEER_PORT};

/// The label by which Compose knows its own.
const COMPOSE_LABEL: &str = "com.docker.compose.service";

/// A container on the network that a launcher or Compose made for a node.
#[derive(Debug)]
pub(super) struct FoundNode {
    pub(super) id: NodeId,
    pub(super) container: String,
    /// Whether a launcher made it.
    pub(super) is_ours: bool,
    pub(super) is_running: bool,
    /// The volumes that only its data is in.
    pub(super) data_volumes: Vec<String>,
    address: Option<IpAddr>,
    client_port: u16,
    peer_port: u16,
}

impl FoundNode {
    /// The node that runs in `container` on `network`. Nothing where it is none, as
    /// Compose's other services are.
    pub(super) fn read(container: ContainerInspectResponse, network: &str) -> Option<Self> {
        let config = container.config?;
        let labels = config.labels.unwrap_or_default();
        let is_ours = labels.get(NETWORK_LABEL).is_some_and(|label| label == network);
        if !is_ours && !labels.contains_key(COMPOSE_LABEL) {
            return None;
        }
        let environment = config.env.unwrap_or_default();
        let variable = |name: &str| {
            let mut pairs = environment.iter().filter_map(|pair| pair.split_once('='));
            pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
        };
        let port =
            |name, default| variable(name).and_then(|port| port.parse().ok()).unwrap_or(default);
        let networks = container.network_settings.and_then(|settings| settings.networks);
        let mut networks = networks.unwrap_or_default();
        let address = networks.remove(network)?.ip_address;
        let mounts = container.mounts.unwrap_or_default().into_iter();
        let holds_data = |mount: &MountPoint| mount.destination.as_deref() == Some(DATA);
        Some(Self {
            id: variable("SERVER_ID")?.parse().ok()?,
            container: container.id?,
            is_ours,
            is_running: container.state.and_then(|state| state.running).unwrap_or(false),
            data_volumes: mounts.filter(holds_data).filter_map(|mount| mount.name).collect(),
            address: address.and_then(|address| address.parse().ok()),
            client_port: port("PORT", CLIENT_PORT),
            peer_port: port("RINGWAY_PEER_PORT", PEER_PORT),
        })
    }

    /// Where it is reached. Nothing where it has no address, as when it is stopped.
    pub(super) fn place(self) -> Option<LaunchedNode> {
        let at = |port| self.address.map(|address| SocketAddr::new(address, port));
        Some(LaunchedNode { client: at(self.client_port)?, peer: at(self.peer_port)?, id: self.id })
    }
}
