//! What a node is told, checked: a [`Config`] doesn't contradict itself.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ringway_ring::{Epoch, NodeId, PartitionCount, ReplicationFactor, View, ViewError, ViewNode};
use thiserror::Error;

use crate::args::NodeArgs;
use crate::limits::Limits;
use crate::member_flag::MemberFlag;
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
    members: Vec<ViewNode>,
    partitions: PartitionCount,
    replication_factor: ReplicationFactor,
    /// How much of everything it takes.
    pub limits: Limits,
}

impl Config {
    /// The configuration that `args` describe.
    ///
    /// # Errors
    /// When they contradict each other.
    pub fn validate(args: NodeArgs) -> Result<Self, ConfigError> {
        let members = args.members.into_iter().flat_map(|flag: MemberFlag| flag.members);
        let config = Self {
            id: args.server_id,
            host: args.host,
            port: args.port,
            data_directory: args.data_directory,
            durability: Durability::from_interval_seconds(args.persistence_interval_seconds),
            members: members.collect(),
            partitions: args.partitions,
            replication_factor: args.replication_factor,
            limits: Limits { value_bytes_max: args.max_value_bytes, ..Limits::default() },
        };
        if args.max_value_bytes == 0 || args.max_value_bytes > MAX_MAX_VALUE_BYTES {
            return Err(ConfigError::MaxValueBytes { bytes: args.max_value_bytes });
        }
        config.check_members()?;
        Ok(config)
    }

    fn check_members(&self) -> Result<(), ConfigError> {
        if self.members.is_empty() {
            return Ok(());
        }
        let Some(own) = self.members.iter().find(|member| member.id == self.id) else {
            return Err(ConfigError::NotAMember { id: self.id.clone() });
        };
        if own.address.port() != self.port {
            return Err(ConfigError::OtherPort { address: own.address, port: self.port });
        }
        if self.host.is_loopback() && !own.address.ip().is_loopback() {
            return Err(ConfigError::OnlyLoopback { address: own.address, host: self.host });
        }
        self.create_view(self.members.clone())?;
        Ok(())
    }

    /// The cluster's first view, for the node that listens on `address`: the same on
    /// every node that was told of the same members.
    ///
    /// # Errors
    /// Never after [`Config::validate`]; what remains is a bug.
    pub fn first_view(&self, address: SocketAddr) -> Result<View, ConfigError> {
        if !self.members.is_empty() {
            return self.create_view(self.members.clone());
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

/// Which flags contradict each other. Nothing was opened or bound.
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

    #[test]
    fn contradictions_name_their_flags() {
        let both = ["--member", "n1=1.2.3.4:80", "--member", "n1=1.2.3.5:80"];
        for (flags, expected) in [
            (&["--server-id", "n9", "--member", "n1=127.0.0.1:8080"][..], "--server-id n9"),
            (&["--member", "n1=127.0.0.1:81"], "--port 8080"),
            (&["--port", "0", "--member", "n1=127.0.0.1:81"], "--port 0"),
            (&["--member", "n1=10.0.0.1:8080"], "--host 127.0.0.1"),
            (&[&both[..], &["--port", "80", "--host", "::"]].concat(), "two nodes are called n1"),
            (&["--member", "n1=127.0.0.1:8080 n2=127.0.0.1:8080"], "have the address"),
            (&["--partitions", "1000"], "--partitions"),
            (&["--replication-factor", "8"], "--replication-factor"),
            (&["--max-value-bytes", "0"], "--max-value-bytes 0"),
            (&["--host", "example.org"], "--host"),
            (&["--log-format", "xml"], "--log-format"),
            (&["--colour"], "--colour"),
        ] {
            let refusal = config(flags).expect_err(&flags.join(" "));
            assert!(refusal.contains(expected), "{flags:?}: {refusal}");
        }
    }

    #[test]
    fn a_node_that_is_told_of_nobody_is_alone_where_it_listens() {
        let config = config(&["--host", "0.0.0.0"]).unwrap();
        let view = config.first_view("0.0.0.0:4711".parse().unwrap()).unwrap();
        let addresses: Vec<_> = view.nodes().iter().map(|node| node.address).collect();
        assert_eq!(addresses, ["127.0.0.1:4711".parse().unwrap()]);
    }

    #[test]
    fn every_member_computes_the_same_view() {
        let members = "n2=127.0.0.1:8082 n1=127.0.0.1:8081";
        let first = config(&["--port", "8081", "--member", members]).unwrap();
        let second = config(&["--server-id", "n2", "--port", "8082", "--member", members]).unwrap();
        let view = |config: &Config| config.first_view("127.0.0.1:1".parse().unwrap()).unwrap();
        assert_eq!(view(&first).to_json(), view(&second).to_json());
    }
}
