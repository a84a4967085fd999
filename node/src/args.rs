//! The command line, with an environment variable for every flag.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use ringway_ring::{NodeId, PartitionCount, ReplicationFactor};

use crate::logging::LogFormat;
use crate::member_flag::MemberFlag;
use crate::peers::ClusterName;

/// A replicated key-value store behind the proxy you already run.
#[derive(Debug, Parser)]
#[command(name = "ringway", version, subcommand_required = true)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `ringway` does.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Store keys and serve them over HTTP.
    Node(NodeArgs),
}

/// The flags of `ringway node`.
#[derive(Clone, Debug, clap::Args)]
pub struct NodeArgs {
    /// This node's name among the members.
    #[arg(long, env = "SERVER_ID", default_value = "n1")]
    pub server_id: NodeId,

    /// The address to listen on; 0.0.0.0 for all.
    #[arg(long, env = "HOST", default_value = "127.0.0.1", value_parser = host)]
    pub host: IpAddr,

    /// The port to listen on; 0 lets the system choose one.
    #[arg(long, env = "PORT", default_value_t = 8080)]
    pub port: u16,

    /// Where the data lies. Made if it isn't there; one node at a time.
    #[arg(long, env = "DATA_DIRECTORY", default_value = "./data")]
    pub data_directory: PathBuf,

    /// 0: every acknowledged write is on disk. N: it is within N seconds, and a loss of
    /// power at one node can cost acknowledged writes of the last N seconds, even if the
    /// other nodes live; a crash of the process costs none.
    #[arg(long, env = "PERSISTENCE_INTERVAL_SECONDS", default_value_t = 0, value_name = "N")]
    pub persistence_interval_seconds: u32,

    /// A node of the cluster, this one included; give one for each. Default: this node
    /// alone. In the variable they are separated by spaces.
    /// PEER is the port, on the same IP address, for the other nodes; every one of two or
    /// more members needs it.
    #[arg(
        long = "member",
        env = "RINGWAY_MEMBERS",
        value_name = "ID=IP:PORT[,peer=PEER][,zone=Z][,weight=W]"
    )]
    pub members: Vec<MemberFlag>,

    /// What the cluster is called: nodes of another cluster are not listened to.
    #[arg(long, env = "RINGWAY_CLUSTER", default_value = "ringway", value_name = "NAME")]
    pub cluster: ClusterName,

    /// A file with what the nodes of the cluster share to recognise each other: at least
    /// 16 bytes, the same on every node. Two or more members need it.
    #[arg(long, env = "RINGWAY_SECRET_FILE", value_name = "PATH")]
    pub secret_file: Option<PathBuf>,

    /// How many parts the ring has: a power of two from 1024 to 65536.
    #[arg(
        long,
        env = "RINGWAY_PARTITIONS",
        default_value_t = PartitionCount::DEFAULT,
        value_parser = partitions,
        value_name = "N"
    )]
    pub partitions: PartitionCount,

    /// How many nodes a preference list names, from 1 to 7.
    #[arg(
        long,
        env = "RINGWAY_REPLICATION_FACTOR",
        default_value_t = ReplicationFactor::DEFAULT,
        value_name = "N"
    )]
    pub replication_factor: ReplicationFactor,

    /// The largest value that is stored.
    #[arg(long, env = "MAX_VALUE_BYTES", default_value_t = 8 << 20, value_name = "N")]
    pub max_value_bytes: u64,

    /// How log lines are written to standard error.
    #[arg(long, env = "RINGWAY_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}

fn host(text: &str) -> Result<IpAddr, String> {
    match text {
        "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
        _ => text.parse().map_err(|_| format!("{text:?} is not an IP address")),
    }
}

fn partitions(text: &str) -> Result<PartitionCount, String> {
    let count: u32 = text.parse().map_err(|_| format!("{text:?} is not a number"))?;
    PartitionCount::new(count).map_err(|error| error.to_string())
}
