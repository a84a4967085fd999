//! What a launcher needs to know, checked.

use std::net::{IpAddr, SocketAddr};

use thiserror::Error;

use super::token::Token;
use super::{DockerConfig, ProcessConfig};
use crate::args::{BackendArgs, LauncherArgs};
use crate::peers::{Secret, SecretError};

/// A launcher's configuration.
#[derive(Clone)]
pub struct LauncherConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where nodes reach it, unless that is where it listens.
    pub url: Option<String>,
    /// Where it starts nodes.
    pub backend: BackendConfig,
    pub(super) token: Token,
}

/// Where nodes are started.
#[derive(Clone, Debug)]
pub enum BackendConfig {
    /// As child processes.
    Process(ProcessConfig),
    /// As containers.
    Docker(DockerConfig),
}

impl LauncherConfig {
    /// Checks what the operator wrote, and reads the secret.
    ///
    /// # Errors
    /// When the secret can't be read, or this program is not to be found.
    pub fn validate(args: LauncherArgs) -> Result<Self, LauncherConfigError> {
        let LauncherArgs { host, port, url, secret_file, backend, .. } = args;
        let token = Token::new(&Secret::read(&secret_file)?);
        let listen = SocketAddr::new(host, port);
        if url.is_none() && host.is_unspecified() {
            return Err(LauncherConfigError::NoUrl { host });
        }
        let backend = match backend {
            BackendArgs::Process(args) => BackendConfig::Process(ProcessConfig {
                program: std::env::current_exe().map_err(LauncherConfigError::Program)?,
                directory: args.directory,
                first_port: args.first_port,
                first_peer_port: args.first_peer_port,
                secret_file,
            }),
            BackendArgs::Docker(args) => BackendConfig::Docker(DockerConfig {
                socket: args.docker_socket,
                image: args.image,
                network: args.network,
                secret_volume: args.secret_volume,
                secret_file,
            }),
        };
        Ok(Self { listen, url, backend, token })
    }
}

/// What is wrong with what a launcher is told.
#[derive(Debug, Error)]
pub enum LauncherConfigError {
    /// There is no secret in its file.
    #[error("--secret-file {0}")]
    Secret(#[from] SecretError),
    /// Nodes would not find it.
    #[error("--url is missing: --host {host} doesn't say where nodes reach this launcher")]
    NoUrl {
        /// Where it listens.
        host: IpAddr,
    },
    /// It can't start what it doesn't find.
    #[error("this program's own file is not to be found: {0}")]
    Program(std::io::Error),
}
