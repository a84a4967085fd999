//! What a node is told, checked: a [`Config`] doesn't contradict itself.

mod auth_config;
mod config_error;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use ringway_auth::{SealedFor, SealingKey};
use ringway_replica::NodeNumber;
use ringway_ring::{NodeId, PartitionCount, ReplicationFactor, Weight, Zone};

pub use self::auth_config::AuthConfig;
pub use self::config_error::ConfigError;
use crate::args::NodeArgs;
use crate::certificate_lifetime::CertificateLifetime;
use crate::cluster_id::ClusterId;
use crate::data_file::DataFile;
use crate::host_port::HostPort;
use crate::join_token::JoinToken;
use crate::launcher::{LauncherClient, LauncherUrl};
use crate::limits::Limits;
use crate::peer_tls_mode::PeerTlsMode;
use crate::peering::node_number;
use crate::peers::{ClusterName, Secret};
use crate::store::Durability;

/// By how much the admin listener's port is above the clients', where nothing else is said.
const ADMIN_PORT_ABOVE: u16 = 10_000;
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
    /// The port on which it listens for the other nodes, if it has a secret; 0 as above.
    pub peer_port: u16,
    /// Where it listens for edges and monitoring; port 0 as above.
    pub admin: SocketAddr,
    /// Where the edge and the other nodes reach it.
    pub advertise: IpAddr,
    /// What it fails together with.
    pub zone: Zone,
    /// How much of the ring it takes.
    pub weight: Weight,
    /// Where its data lies.
    pub data_directory: PathBuf,
    /// What an acknowledged write has survived.
    pub durability: Durability,
    /// Where it writes what it holds for others to read; nothing where it doesn't.
    pub(crate) data_file: Option<DataFile>,
    /// How it comes to its cluster.
    pub start: Start,
    /// The cluster's name.
    pub cluster: ClusterName,
    /// What the nodes of the cluster share; nothing where this one is to stay alone.
    pub secret: Option<Secret>,
    /// Where the nodes speak TLS with each other, how long its certificates are good.
    pub peer_tls: Option<CertificateLifetime>,
    /// What lets it join, where that is needed.
    pub join_token: Option<JoinToken>,
    /// Whether clients need a token.
    pub auth: AuthConfig,
    /// Who starts and stops servers for the cluster; nothing where nobody does.
    pub launcher: Option<LauncherUrl>,
    /// How much of everything it takes.
    pub limits: Limits,
}

/// How a node comes to its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Start {
    /// It makes a new one.
    Bootstrap {
        /// Into how many parts the ring is divided.
        partitions: PartitionCount,
        /// How many nodes keep each key.
        replication_factor: ReplicationFactor,
    },
    /// It asks one of these to be taken in, unless it is a member already.
    Join(Vec<HostPort>),
    /// It is a member: its data says of what.
    Resume,
}

impl Config {
    /// The configuration that `args` describe. Reads the files of secret, token and password.
    ///
    /// # Errors
    /// When they contradict each other, or there is no secret or password in its file.
    pub fn validate(args: NodeArgs) -> Result<Self, ConfigError> {
        if args.max_value_bytes == 0 || args.max_value_bytes > MAX_MAX_VALUE_BYTES {
            return Err(ConfigError::MaxValueBytes { bytes: args.max_value_bytes });
        }
        let admin = SocketAddr::new(args.admin_host, admin_port(args.admin_port, args.port));
        check_ports([
            ("--port", args.port),
            ("--peer-port", args.peer_port),
            ("--admin-port", admin.port()),
        ])?;
        let secret = args.secret_file.as_deref().map(Secret::read).transpose()?;
        if secret.is_none() && !args.join.is_empty() {
            return Err(ConfigError::NoSecret);
        }
        if secret.is_none() && args.launcher.is_some() {
            return Err(ConfigError::LauncherWithoutSecret);
        }
        let peer_tls = match args.peer_tls {
            PeerTlsMode::Required if secret.is_none() => {
                return Err(ConfigError::PeerTlsWithoutSecret);
            }
            PeerTlsMode::Required => Some(args.certificate_lifetime),
            PeerTlsMode::Off if args.join_token_file.is_some() => {
                return Err(ConfigError::JoinTokenWithoutTls);
            }
            PeerTlsMode::Off => None,
        };
        let join_token = args.join_token_file.as_deref().map(JoinToken::read).transpose()?;
        let auth = AuthConfig::read(args.host, args.auth, args.admin_password_file.as_deref())?;
        let interval = args.persistence_interval_seconds;
        let data_file =
            args.data_file_path.map(|path| DataFile::new(&path, &args.server_id, interval));
        if let Some(directory) = data_file.as_ref().map(DataFile::directory)
            && !directory.is_dir()
        {
            return Err(ConfigError::DataFile { directory: directory.display().to_string() });
        }
        Ok(Self {
            id: args.server_id,
            host: args.host,
            port: args.port,
            peer_port: args.peer_port,
            admin,
            advertise: advertised(args.host, args.advertise, secret.is_some())?,
            zone: args.zone.unwrap_or_default(),
            weight: args.weight,
            data_directory: args.data_directory,
            durability: Durability::from_interval_seconds(interval),
            data_file,
            start: match (args.bootstrap, args.join) {
                (true, _) => Start::Bootstrap {
                    partitions: args.partitions,
                    replication_factor: args.replication_factor,
                },
                (false, join) if join.is_empty() => Start::Resume,
                (false, join) => Start::Join(join),
            },
            cluster: args.cluster,
            secret,
            peer_tls,
            join_token,
            auth,
            launcher: args.launcher,
            limits: Limits { value_bytes_max: args.max_value_bytes, ..Limits::default() },
        })
    }

    /// How it asks its launcher.
    pub(crate) fn launcher_client(&self) -> Option<LauncherClient> {
        let (url, secret) = self.launcher.as_ref().zip(self.secret.as_ref())?;
        Some(LauncherClient::with_secret(url, secret))
    }

    /// Under what the keys lie that sign tokens in `cluster`; nothing where there is no secret.
    pub(crate) fn signing_seal(&self, cluster: ClusterId) -> Option<SealingKey> {
        let secret = self.secret.as_ref()?;
        Some(secret.sealing_key(cluster, SealedFor::SigningKeys))
    }

    /// The node's name in ballots and messages.
    #[must_use]
    pub fn number(&self) -> NodeNumber {
        node_number(&self.id)
    }
}

/// The admin listener's port, as `told`, of a node with this `port`. The system chooses one where it
/// chooses that too, and where there is none so far above.
fn admin_port(told: Option<u16>, port: u16) -> u16 {
    let above = if port == 0 { None } else { port.checked_add(ADMIN_PORT_ABOVE) };
    told.or(above).unwrap_or_default()
}

/// Refuses two listeners on one port.
fn check_ports(ports: [(&'static str, u16); 3]) -> Result<(), ConfigError> {
    let [one, two, three] = ports;
    let pairs = [(one, two), (one, three), (two, three)];
    let same = pairs.into_iter().find(|((_, one), (_, other))| one == other && *one != 0);
    same.map_or(Ok(()), |((one, port), (other, _))| Err(ConfigError::SamePort { one, other, port }))
}

/// Where others reach a node that listens on `host`, and is told so or not.
fn advertised(host: IpAddr, told: Option<IpAddr>, has_others: bool) -> Result<IpAddr, ConfigError> {
    let address = match told {
        Some(told) => told,
        None if !host.is_unspecified() => host,
        // Whoever is alone is reached by whoever is here.
        None if !has_others => Ipv4Addr::LOCALHOST.into(),
        None => return Err(ConfigError::NoAdvertise { host }),
    };
    if address.is_unspecified() || (host.is_loopback() && !address.is_loopback()) {
        return Err(ConfigError::Advertise { address, host });
    }
    Ok(address)
}

#[cfg(test)]
mod config_test;
