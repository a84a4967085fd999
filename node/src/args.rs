//! The command line, with an environment variable for every flag.

mod haproxy_sync_args;
mod launcher_args;

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::{Parser, Subcommand};
use clap_complete::Shell;
use ringway_client::ClientCommand;
use ringway_load::BenchArgs;
use ringway_ring::{NodeId, PartitionCount, ReplicationFactor, Weight, Zone};

pub use self::haproxy_sync_args::HaproxySyncArgs;
pub use self::launcher_args::{BackendArgs, DockerArgs, LauncherArgs, ProcessArgs};
use crate::auth_mode::AuthMode;
use crate::certificate_lifetime::CertificateLifetime;
use crate::cli::RingArgs;
use crate::host_port::HostPort;
use crate::launcher::LauncherUrl;
use crate::logging::LogFormat;
use crate::peer_tls_mode::PeerTlsMode;
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
    /// Start and stop nodes for a cluster that asks for it.
    Launcher(LauncherArgs),
    /// Keep HAProxy's map and servers as the ring is.
    HaproxySync(HaproxySyncArgs),
    /// Look at the ring, and change it while it runs.
    Ring(RingArgs),
    /// Do something with what is stored.
    #[command(flatten)]
    Client(ClientCommand),
    /// Print what completes these commands in a shell: for bash, into
    /// ~/.local/share/bash-completion/completions/ringway.
    Completions {
        /// Which shell.
        shell: Shell,
    },
    /// Put load on a cluster, and say what became of it.
    Bench(BenchArgs),
}

/// The flags of `ringway node`.
#[derive(Clone, Debug, clap::Args)]
pub struct NodeArgs {
    /// This node's name; no other node of the cluster may have it.
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

    /// A file to write what this node holds to, as one JSON object {"key": "value"}, every
    /// --persistence-interval-seconds, or every minute, and at its end. `{id}` in it stands for
    /// --server-id. For others to read: the node itself never does.
    #[arg(long, env = "DATA_FILE_PATH", value_name = "FILE")]
    pub data_file_path: Option<String>,

    /// Make a new cluster of this node alone. Once, for the first node; a restart needs nothing.
    #[arg(long, env = "RINGWAY_BOOTSTRAP", conflicts_with = "join")]
    pub bootstrap: bool,

    /// Where nodes of the cluster listen for nodes. Once, for a new node; a restart needs
    /// nothing.
    #[arg(long, env = "RINGWAY_JOIN", value_name = "HOST:PORT[,HOST:PORT]", value_delimiter = ',')]
    pub join: Vec<HostPort>,

    /// The port to listen on for the other nodes; 0 lets the system choose one. They must
    /// reach it, and nobody else should.
    #[arg(long, env = "RINGWAY_PEER_PORT", default_value_t = 8081, value_name = "PORT")]
    pub peer_port: u16,

    /// The address to listen on for edges, which follow the ring there, and for monitoring: they
    /// need no token there, and can neither change anything nor read what is stored.
    #[arg(long, env = "RINGWAY_ADMIN_HOST", default_value = "127.0.0.1", value_parser = host)]
    pub admin_host: IpAddr,

    /// The port to listen on for these; 0 lets the system choose one. Default: 10000 above --port,
    /// so that several nodes of one machine don't meet.
    #[arg(long, env = "RINGWAY_ADMIN_PORT", value_name = "PORT")]
    pub admin_port: Option<u16>,

    /// The IP address at which the edge and the other nodes reach this one. Default: --host.
    #[arg(long, env = "RINGWAY_ADVERTISE", value_name = "IP")]
    pub advertise: Option<IpAddr>,

    /// What this node fails together with: copies of a key lie in different zones where that
    /// can be. Noted when it joins.
    #[arg(long, env = "RINGWAY_ZONE", value_name = "NAME")]
    pub zone: Option<Zone>,

    /// How much of the ring this node takes, compared with others. Noted when it joins.
    #[arg(long, env = "RINGWAY_WEIGHT", default_value_t = Weight::ONE, value_name = "N")]
    pub weight: Weight,

    /// What the cluster is called: nodes of another cluster are not listened to.
    #[arg(long, env = "RINGWAY_CLUSTER", default_value = "ringway", value_name = "NAME")]
    pub cluster: ClusterName,

    /// A file with what the nodes of the cluster share to recognise each other: at least
    /// 16 bytes, the same on every node. Without one this node stays alone.
    #[arg(long, env = "RINGWAY_SECRET_FILE", value_name = "PATH")]
    pub secret_file: Option<PathBuf>,

    /// Whether the nodes speak TLS with each other: required, or off, where their network is theirs
    /// alone. Decided by --bootstrap, which makes the cluster's own certificate authority; the other
    /// nodes are told the same.
    #[arg(long, env = "RINGWAY_PEER_TLS", default_value = "off", value_name = "MODE")]
    pub peer_tls: PeerTlsMode,

    /// With --peer-tls required: how long each certificate that this node issues itself is good. At
    /// half of it the next one takes its place.
    #[arg(
        long,
        env = "RINGWAY_CERTIFICATE_LIFETIME",
        default_value_t = CertificateLifetime::DEFAULT,
        value_name = "TIME"
    )]
    pub certificate_lifetime: CertificateLifetime,

    /// With --peer-tls required and --join: a file with what `ringway token create` has printed,
    /// which lets one node join, once; only its owner may read it.
    #[arg(long, env = "RINGWAY_JOIN_TOKEN_FILE", value_name = "PATH")]
    pub join_token_file: Option<PathBuf>,

    /// Whether clients need a token, of `POST /login`: required, or off. Has to be said where
    /// others than this machine reach --host. The nodes of a cluster are told the same.
    #[arg(long, env = "RINGWAY_AUTH", value_name = "MODE")]
    pub auth: Option<AuthMode>,

    /// A file with the password of the first user, admin, where the cluster has no users yet;
    /// only its owner may read it. Without one, --bootstrap prints a password, once.
    #[arg(long, env = "RINGWAY_ADMIN_PASSWORD_FILE", value_name = "PATH")]
    pub admin_password_file: Option<PathBuf>,

    /// Where `ringway launcher` listens, which starts and stops servers for `/add` and its
    /// like. Without one nothing is started.
    #[arg(long, env = "RINGWAY_LAUNCHER", value_name = "URL")]
    pub launcher: Option<LauncherUrl>,

    /// Into how many parts the ring of a new cluster is divided, for ever: a power of two from
    /// 1024 to 65536.
    #[arg(
        long,
        env = "RINGWAY_PARTITIONS",
        default_value_t = PartitionCount::DEFAULT,
        value_parser = partitions,
        value_name = "N"
    )]
    pub partitions: PartitionCount,

    /// How many nodes of a new cluster keep each key, for ever, from 1 to 7.
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
