//! The command line of `ringway haproxy-sync`.

use std::net::IpAddr;
use std::path::PathBuf;

use super::host;
use crate::auth_mode::AuthMode;
use crate::host_port::HostPort;
use crate::logging::LogFormat;

/// The flags of `ringway haproxy-sync`.
#[derive(Clone, Debug, clap::Args)]
pub struct HaproxySyncArgs {
    /// Admin listeners of nodes (--admin-host, --admin-port), which are asked in turn. As many as
    /// that one of them is always there.
    #[arg(
        long,
        env = "RINGWAY_NODES",
        value_name = "HOST:PORT[,HOST:PORT]",
        value_delimiter = ',',
        required = true
    )]
    pub nodes: Vec<HostPort>,

    /// Where HAProxy finds ring.map and servers.cfg, as its configuration names it. Made if it
    /// isn't there.
    #[arg(long, env = "RINGWAY_HAPROXY_DIRECTORY", default_value = "/var/lib/ringway")]
    pub directory: PathBuf,

    /// HAProxy's stats socket. Default: haproxy.sock in --directory.
    #[arg(long, env = "RINGWAY_HAPROXY_SOCKET", value_name = "PATH")]
    pub socket: Option<PathBuf>,

    /// HAProxy's master's socket (-S), by which it is told to load other keys. Default: master.sock
    /// in --directory.
    #[arg(long, env = "RINGWAY_HAPROXY_MASTER_SOCKET", value_name = "PATH")]
    pub master_socket: Option<PathBuf>,

    /// Whether HAProxy shall ask for tokens: required, or off. Then keys.cfg in --directory, with
    /// which HAProxy has to be started, tells it by which keys.
    #[arg(long, env = "RINGWAY_AUTH", value_name = "MODE", default_value = "off")]
    pub auth: AuthMode,

    /// The address to show metrics at; 0.0.0.0 for all.
    #[arg(long, env = "RINGWAY_SYNC_HOST", default_value = "127.0.0.1", value_parser = host)]
    pub host: IpAddr,

    /// The port to show metrics at; 0 lets the system choose one.
    #[arg(long, env = "RINGWAY_SYNC_PORT", default_value_t = 8405)]
    pub port: u16,

    /// How log lines are written to standard error.
    #[arg(long, env = "RINGWAY_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,
}
