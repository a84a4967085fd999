//! What a node is told, checked: a [`Config`] doesn't contradict itself.

mod config_error;

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ringway_replica::NodeNumber;
use ringway_ring::{Epoch, NodeId, PartitionCount, ReplicationFactor, View, ViewNode};

pub use self::config_error::ConfigError;
use crate::args::NodeArgs;
use crate::limits::Limits;
use crate::member::Member;
use crate::peering::{Peering, node_number};
use crate::peers::{ClusterName, PeerAddress, Secret};
use crate::store::Durability;

/// The largest value that `--max-value-bytes` may allow: a value passes through memory.
const MAX_MAX_VALUE_BYTES: u64 = 256 << 20;

/// A node's configuration.
#[derive(Clone, Debug)]
pub struct Config {
    /// Its name.
    pub id: NodeId,
    /// Where it listens.
    pub host: IpAddr,
    /// The port on which it listens; 0 for one that the system chooses.
    pub port: u16,
    /// Where its data lies.
    pub data_directory: PathBuf,
    /// What an acknowledged write has survived.
    pub durability: Durability,
    /// The nodes of the cluster; none for this node alone.
    members: Vec<Member>,
    /// How this node meets the others; nothing where there are none.
    pub peering: Option<Peering>,
    partitions: PartitionCount,
    replication_factor: ReplicationFactor,
    /// How much of everything it takes.
    pub limits: Limits,
}

impl Config {
    /// The configuration that `args` describe. Reads the secret's file.
    ///
    /// # Errors
    /// When they contradict each other, or there is no secret in the file.
    pub fn validate(args: NodeArgs) -> Result<Self, ConfigError> {
        let members = args.members.into_iter().flat_map(|flag| flag.members);
        let mut config = Self {
            id: args.server_id,
            host: args.host,
            port: args.port,
            data_directory: args.data_directory,
            durability: Durability::from_interval_seconds(args.persistence_interval_seconds),
            members: members.collect(),
            peering: None,
            partitions: args.partitions,
            replication_factor: args.replication_factor,
            limits: Limits { value_bytes_max: args.max_value_bytes, ..Limits::default() },
        };
        if args.max_value_bytes == 0 || args.max_value_bytes > MAX_MAX_VALUE_BYTES {
            return Err(ConfigError::MaxValueBytes { bytes: args.max_value_bytes });
        }
        config.check_members()?;
        let secret = args.secret_file.as_deref().map(Secret::read).transpose()?;
        if config.members.len() > 1 {
            config.peering = Some(config.create_peering(args.cluster, secret)?);
        }
        Ok(config)
    }

    /// The node's name in ballots and messages.
    #[must_use]
    pub fn number(&self) -> NodeNumber {
        node_number(&self.id)
    }

    fn check_members(&self) -> Result<(), ConfigError> {
        if self.members.is_empty() {
            return Ok(());
        }
        let mut nodes = self.members.iter().map(|member| &member.node);
        let Some(own) = nodes.find(|node| node.id == self.id) else {
            return Err(ConfigError::NotAMember { id: self.id.clone() });
        };
        if own.address.port() != self.port {
            return Err(ConfigError::OtherPort { address: own.address, port: self.port });
        }
        if self.host.is_loopback() && !own.address.ip().is_loopback() {
            return Err(ConfigError::OnlyLoopback { address: own.address, host: self.host });
        }
        self.create_view(self.nodes())?;
        self.check_numbers()
    }

    /// Ballots of two nodes with one number could be the same.
    fn check_numbers(&self) -> Result<(), ConfigError> {
        let mut numbers = BTreeMap::new();
        for Member { node, .. } in &self.members {
            if let Some(first) = numbers.insert(node_number(&node.id), &node.id) {
                let (first, second) = (first.clone(), node.id.clone());
                return Err(ConfigError::SameNumber { first, second });
            }
        }
        Ok(())
    }

    fn create_peering(
        &self,
        cluster: ClusterName,
        secret: Option<Secret>,
    ) -> Result<Peering, ConfigError> {
        let mut taken: BTreeSet<_> =
            self.members.iter().map(|member| member.node.address).collect();
        let mut listen = None;
        let mut others = Vec::new();
        for member in &self.members {
            let id = member.node.id.clone();
            let Some(address) = member.peer_address() else {
                return Err(ConfigError::NoPeerPort { id });
            };
            if !taken.insert(address) {
                return Err(ConfigError::PeerAddressTaken { id, address });
            }
            if id == self.id {
                listen = Some(SocketAddr::new(self.host, address.port()));
            } else {
                let number = node_number(&id);
                others.push(PeerAddress { number, id, address, disk: None });
            }
        }
        let listen = listen.ok_or_else(|| ConfigError::NotAMember { id: self.id.clone() })?;
        let secret = secret.ok_or(ConfigError::NoSecret)?;
        Ok(Peering { cluster, secret, listen, others })
    }

    fn nodes(&self) -> Vec<ViewNode> {
        self.members.iter().map(|member| member.node.clone()).collect()
    }

    /// The cluster's first view, for the node that listens on `address`: the same on
    /// every node that was told of the same members.
    ///
    /// # Errors
    /// Never after [`Config::validate`]; what remains is a bug.
    pub fn first_view(&self, address: SocketAddr) -> Result<View, ConfigError> {
        if !self.members.is_empty() {
            return self.create_view(self.nodes());
        }
        // A wildcard is where to listen, not where to connect.
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let address = SocketAddr::new(ip, address.port());
        self.create_view(vec![ViewNode::new(self.id.clone(), address)])
    }

    fn create_view(&self, nodes: Vec<ViewNode>) -> Result<View, ConfigError> {
        Ok(View::create(Epoch::FIRST, self.partitions, self.replication_factor, nodes)?)
    }
}

#[cfg(test)]
mod config_test;
