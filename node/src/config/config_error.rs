//! What is wrong with what a node is told.

use std::net::IpAddr;

use ringway_auth::PasswordFileError;
use thiserror::Error;

use super::MAX_MAX_VALUE_BYTES;
use crate::join_token::JoinTokenFileError;
use crate::peers::SecretError;

/// Which flags contradict each other. No data was opened and nothing bound.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The limit is zero, or larger than memory should be asked to hold.
    #[error("--max-value-bytes {bytes} is not from 1 to {MAX_MAX_VALUE_BYTES}")]
    MaxValueBytes {
        /// What was asked for.
        bytes: u64,
    },
    /// Those who connect can't be told apart.
    #[error("{one} and {other} are both {port}: each needs one of its own")]
    SamePort {
        /// One flag.
        one: &'static str,
        /// The other.
        other: &'static str,
        /// The port.
        port: u16,
    },
    /// A wildcard is where to listen, not where to connect.
    #[error("--advertise is missing: nobody can connect to --host {host}")]
    NoAdvertise {
        /// Where it listens.
        host: IpAddr,
    },
    /// The others would look for the node where it doesn't listen.
    #[error("--advertise {address}: a node with --host {host} can't be reached there")]
    Advertise {
        /// Where the others would look.
        address: IpAddr,
        /// Where it listens.
        host: IpAddr,
    },
    /// There is nowhere to write the file to.
    #[error("--data-file-path: {directory} is no directory")]
    DataFile {
        /// Where it was to be.
        directory: String,
    },
    /// The others could not tell this node from a stranger.
    #[error("--secret-file is missing: --join needs the secret that the cluster's nodes share")]
    NoSecret,
    /// The launcher could not tell this node from a stranger.
    #[error("--secret-file is missing: --launcher needs the secret that the cluster's nodes share")]
    LauncherWithoutSecret,
    /// There would be nothing to seal the key of the cluster's certificates by.
    #[error(
        "--secret-file is missing: --peer-tls required needs the secret that the cluster's nodes share"
    )]
    PeerTlsWithoutSecret,
    /// A token that nobody asks for.
    #[error("--join-token-file goes with --peer-tls required")]
    JoinTokenWithoutTls,
    /// There is no token in its file.
    #[error("--join-token-file {0}")]
    JoinToken(#[from] JoinTokenFileError),
    /// Others reach it, and nobody said whether they may.
    #[error(
        "--auth is missing: with --host {host} others than this machine reach this node; say \
         --auth required, or --auth off where all who reach it may read and write everything"
    )]
    AuthUnsaid {
        /// Where it listens.
        host: IpAddr,
    },
    /// A password that nobody is asked for.
    #[error("--admin-password-file goes with --auth required")]
    PasswordWithoutAuth,
    /// There is no password in its file.
    #[error("--admin-password-file {0}")]
    Password(#[from] PasswordFileError),
    /// There is no secret in its file.
    #[error("--secret-file {0}")]
    Secret(#[from] SecretError),
}
