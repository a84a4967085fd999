//! The command line of `ringway launcher`.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::Subcommand;

use super::host;
use crate::logging::LogFormat;

/// The flags of `ringway launcher`.
#[derive(Clone, Debug, clap::Args)]
pub struct LauncherArgs {
    /// The address to listen on; 0.0.0.0 for all. Only nodes need to reach it.
    #[arg(long, env = "RINGWAY_LAUNCHER_HOST", default_value = "127.0.0.1", value_parser = host)]
    pub host: IpAddr,

    /// The port to listen on; 0 lets the system choose one.
    #[arg(long, env = "RINGWAY_LAUNCHER_PORT", default_value_t = 8079)]
    pub port: u16,

    /// Where nodes reach this launcher. Default: where it listens.
    #[arg(long, env = "RINGWAY_LAUNCHER", value_name = "URL")]
    pub url: Option<String>,

    /// The file with the cluster's secret: only who knows it is listened to.
    #[arg(long, env = "RINGWAY_SECRET_FILE", value_name = "PATH")]
    pub secret_file: PathBuf,

    /// How log lines are written to standard error.
    #[arg(long, env = "RINGWAY_LOG_FORMAT", default_value = "text")]
    pub log_format: LogFormat,

    /// Where nodes are started.
    #[command(subcommand)]
    pub backend: BackendArgs,
}

/// Where nodes are started.
#[derive(Clone, Debug, Subcommand)]
pub enum BackendArgs {
    /// As processes on this machine. They end with the launcher, and start with it again.
    Process(ProcessArgs),
    /// As containers of a Docker engine. They go on without the launcher.
    Docker(DockerArgs),
}

/// The flags of `ringway launcher process`.
#[derive(Clone, Debug, clap::Args)]
pub struct ProcessArgs {
    /// Where each node gets a directory, for its data and its log. Made if it isn't there.
    #[arg(long, env = "RINGWAY_LAUNCHER_DIRECTORY", default_value = "./nodes")]
    pub directory: PathBuf,

    /// The first port for clients; the next free one is taken.
    #[arg(long, env = "RINGWAY_LAUNCHER_FIRST_PORT", default_value_t = 9080)]
    pub first_port: u16,

    /// The first port for the other nodes; the next free one is taken.
    #[arg(long, env = "RINGWAY_LAUNCHER_FIRST_PEER_PORT", default_value_t = 10080)]
    pub first_peer_port: u16,
}

/// The flags of `ringway launcher docker`. In a container it needs none of them.
#[derive(Clone, Debug, clap::Args)]
pub struct DockerArgs {
    /// The Docker engine's Unix socket.
    #[arg(long, env = "RINGWAY_DOCKER_SOCKET", default_value = "/var/run/docker.sock")]
    pub docker_socket: PathBuf,

    /// The image of the nodes. Default: that of the launcher's own container.
    #[arg(long, env = "RINGWAY_LAUNCHER_IMAGE")]
    pub image: Option<String>,

    /// The network of the nodes, with a subnet that fixed addresses can be taken from.
    /// Default: that of the launcher's own container.
    #[arg(long, env = "RINGWAY_LAUNCHER_NETWORK")]
    pub network: Option<String>,

    /// The volume with the secret, as it is mounted in the directory of --secret-file.
    /// Default: that of the launcher's own container.
    #[arg(long, env = "RINGWAY_LAUNCHER_SECRET_VOLUME")]
    pub secret_volume: Option<String>,
}
