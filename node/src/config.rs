//! What a node is told, checked: a [`Config`] doesn't contradict itself.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ringway_replica::NodeNumber;
use ringway_ring::{Epoch, NodeId, PartitionCount, ReplicationFactor, View, ViewError, ViewNode};
use thiserror::Error;

use crate::args::NodeArgs;
use crate::limits::Limits;
use crate::member::Member;
use crate::peering::{Peering, node_number};
use crate::peers::{ClusterName, PeerAddress, Secret, SecretError};
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
                others.push(PeerAddress { number: node_number(&id), id, address });
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

/// Which flags contradict each other. No data was opened and nothing bound.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The limit is zero, or larger than memory should be asked to hold.
    #[error("--max-value-bytes {bytes} is not from 1 to {MAX_MAX_VALUE_BYTES}")]
    MaxValueBytes {
        /// What was asked for.
        bytes: u64,
    },
    /// The node is not in its own cluster.
    #[error("--server-id {id} is not the id of any --member")]
    NotAMember {
        /// The node's id.
        id: NodeId,
    },
    /// The others would look for the node where it doesn't listen.
    #[error("--port {port} is not the port of this node's --member address {address}")]
    OtherPort {
        /// What the members say.
        address: SocketAddr,
        /// What the flag says.
        port: u16,
    },
    /// As [`ConfigError::OtherPort`]: from outside, loopback isn't reachable.
    #[error("--host {host} can't be reached at this node's --member address {address}")]
    OnlyLoopback {
        /// What the members say.
        address: SocketAddr,
        /// What the flag says.
        host: IpAddr,
    },
    /// Two members would give the same names to their ballots.
    #[error("--member: {first} and {second} have the same number; call one of them otherwise")]
    SameNumber {
        /// The one.
        first: NodeId,
        /// The other.
        second: NodeId,
    },
    /// The other nodes can't reach a member.
    #[error("--member {id} has no peer=PORT: each of several members needs one")]
    NoPeerPort {
        /// Which one.
        id: NodeId,
    },
    /// A member can't listen for nodes where it, or another, listens already.
    #[error("--member {id}: its peer address {address} is in use by a member already")]
    PeerAddressTaken {
        /// Which one.
        id: NodeId,
        /// Where.
        address: SocketAddr,
    },
    /// The nodes could not tell each other from strangers.
    #[error("--secret-file is missing: several members need a secret that they share")]
    NoSecret,
    /// There is no secret in its file.
    #[error("--secret-file {0}")]
    Secret(#[from] SecretError),
    /// The members make no cluster.
    #[error("--member: {0}")]
    Members(#[from] ViewError),
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Args, Command};

    fn config(flags: &[&str]) -> Result<Config, String> {
        let words = ["ringway", "node"].iter().chain(flags);
        let args = Args::try_parse_from(words).map_err(|error| error.to_string())?;
        let Command::Node(args) = args.command;
        Config::validate(args).map_err(|error| error.to_string())
    }

    /// The same with a secret, as clusters need it.
    fn config_with_secret(flags: &[&str]) -> Result<Config, String> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, "a secret of 25 characters").unwrap();
        config(&[flags, &["--secret-file", path.to_str().unwrap()]].concat())
    }

    #[test]
    fn contradictions_name_their_flags() {
        for (flags, expected) in [
            (&["--server-id", "n9", "--member", "n1=127.0.0.1:8080"][..], "--server-id n9"),
            (&["--member", "n1=127.0.0.1:81"], "--port 8080"),
            (&["--port", "0", "--member", "n1=127.0.0.1:81"], "--port 0"),
            (&["--member", "n1=10.0.0.1:8080"], "--host 127.0.0.1"),
            (&["--partitions", "1000"], "--partitions"),
            (&["--replication-factor", "8"], "--replication-factor"),
            (&["--max-value-bytes", "0"], "--max-value-bytes 0"),
            (&["--host", "example.org"], "--host"),
            (&["--cluster", "A cluster"], "--cluster"),
            (&["--secret-file", "/nowhere/at/all"], "--secret-file /nowhere/at/all"),
            (&["--log-format", "xml"], "--log-format"),
            (&["--colour"], "--colour"),
        ] {
            let refusal = config(flags).expect_err(&flags.join(" "));
            assert!(refusal.contains(expected), "{flags:?}: {refusal}");
        }
    }

    #[test]
    fn members_that_make_no_cluster_are_named() {
        // Two ids whose XXH64 ends in the same 32 bits.
        let same = "n13962=127.0.0.1:8081,peer=9081 n46450=127.0.0.1:8082,peer=9082";
        for (others, expected) in [
            ("n1=127.0.0.1:8081,peer=9081", "two nodes are called n1"),
            ("n2=127.0.0.1:8080,peer=9081", "have the address"),
            ("n2=127.0.0.1:8081", "n2 has no peer=PORT"),
            ("n2=127.0.0.1:8081,peer=9080", "n2: its peer address 127.0.0.1:9080"),
            ("n2=127.0.0.1:8081,peer=8080", "n2: its peer address 127.0.0.1:8080"),
            (same, "have the same number"),
        ] {
            let members = format!("n1=127.0.0.1:8080,peer=9080 {others}");
            let refusal = config_with_secret(&["--member", &members]).expect_err(others);
            assert!(refusal.contains(expected), "{others}: {refusal}");
        }
        let members = "n1=127.0.0.1:8080,peer=9080 n2=127.0.0.1:8081,peer=9081";
        let refusal = config(&["--member", members]).unwrap_err();
        assert!(refusal.contains("--secret-file is missing"), "{refusal}");
    }

    #[test]
    fn a_node_that_is_told_of_nobody_is_alone_where_it_listens() {
        let config = config(&["--host", "0.0.0.0"]).unwrap();
        assert!(config.peering.is_none());
        let view = config.first_view("0.0.0.0:4711".parse().unwrap()).unwrap();
        let addresses: Vec<_> = view.nodes().iter().map(|node| node.address).collect();
        assert_eq!(addresses, ["127.0.0.1:4711".parse().unwrap()]);
    }

    #[test]
    fn a_member_listens_for_the_others_and_knows_where_they_do() {
        let members = "n1=127.0.0.1:8080,peer=9080 n2=127.0.0.2:8080,peer=9081";
        let config = config_with_secret(&["--host", "0.0.0.0", "--member", members]).unwrap();
        let peering = config.peering.as_ref().unwrap();
        assert_eq!(peering.cluster.as_str(), "ringway");
        assert_eq!(peering.secret.as_bytes(), b"a secret of 25 characters");
        assert_eq!(peering.listen, "0.0.0.0:9080".parse().unwrap());
        let id: NodeId = "n2".parse().unwrap();
        let number = node_number(&id);
        let address = "127.0.0.2:9081".parse().unwrap();
        assert_eq!(peering.others, [PeerAddress { number, id, address }]);
        assert_eq!(config.number(), node_number(&"n1".parse().unwrap()));
    }

    #[test]
    fn every_member_computes_the_same_view() {
        let members = "n2=127.0.0.1:8082,peer=9082 n1=127.0.0.1:8081,peer=9081";
        let flags = ["--port", "8081", "--member", members];
        let first = config_with_secret(&flags).unwrap();
        let flags = ["--server-id", "n2", "--port", "8082", "--member", members];
        let second = config_with_secret(&flags).unwrap();
        let view = |config: &Config| config.first_view("127.0.0.1:1".parse().unwrap()).unwrap();
        assert_eq!(view(&first).to_json(), view(&second).to_json());
    }
}
