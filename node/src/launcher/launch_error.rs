//! Why a launcher does not do what it is asked to.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use http::StatusCode;
use ringway_ring::NodeId;
use thiserror::Error;

/// The codes that nodes look at.
pub(super) const UNKNOWN_NODE: &str = "unknown_node";
pub(super) const NAME_TAKEN: &str = "name_taken";

/// What is missing or in the way. Nothing was started, nothing of it is left.
#[derive(Debug, Error)]
pub enum LaunchError {
    /// The name is taken.
    #[error("there is a node {id} already")]
    NameTaken {
        /// Which one.
        id: NodeId,
    },
    /// Nothing here has this name.
    #[error("this launcher runs no node {id}")]
    UnknownNode {
        /// The name.
        id: NodeId,
    },
    /// All ports are in use.
    #[error("each of the ports {first} to {last} is in use")]
    NoPort {
        /// The first that was tried.
        first: u16,
        /// The last.
        last: u16,
    },
    /// The launcher is about to end.
    #[error("the launcher is stopping")]
    Stopping,
    /// A directory or file can't be used.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The program doesn't start.
    #[error("{program} can't be started: {source}", program = program.display())]
    Program {
        /// Which one.
        program: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// It ended before it answered.
    #[error("node {id} ended before it answered: {said}")]
    Ended {
        /// Which one.
        id: NodeId,
        /// The last that it said.
        said: String,
    },
    /// It is there and doesn't answer.
    #[error("node {id} did not answer within {patience:?}; the last it said: {said}")]
    Silent {
        /// Which one.
        id: NodeId,
        /// How long it was waited for.
        patience: Duration,
        /// The last that it said.
        said: String,
    },
    /// Docker is not there.
    #[error("Docker can't be reached at {}: {reason}", socket.display())]
    DockerMissing {
        /// Its socket.
        socket: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Docker has no such image.
    #[error("Docker has no image {image}: build it first, by docker compose build")]
    ImageMissing {
        /// Which one.
        image: String,
    },
    /// Docker has no such network.
    #[error("Docker has no network {network}")]
    NetworkMissing {
        /// Which one.
        network: String,
    },
    /// Fixed addresses can't be had.
    #[error("Docker's network {network} has no IPv4 subnet to take addresses from")]
    NoSubnet {
        /// Which network.
        network: String,
    },
    /// No address is left.
    #[error("each address in the upper half of {subnet} is taken")]
    NoAddress {
        /// The network's addresses.
        subnet: String,
    },
    /// Somebody else took the address.
    #[error("the address for node {id} is taken: {reason}")]
    AddressTaken {
        /// For which node.
        id: NodeId,
        /// As Docker says it.
        reason: String,
    },
    /// The launcher was not told, and is in no container that it could see it from.
    #[error("{flag} is missing, and this launcher runs in no container of this Docker")]
    NotInContainer {
        /// What it would have to be told.
        flag: &'static str,
    },
    /// Docker refuses for another reason.
    #[error("Docker refuses to {doing}: {reason}")]
    Docker {
        /// What it was asked to do.
        doing: String,
        /// As Docker says it.
        reason: String,
    },
}

impl LaunchError {
    /// The status that says it to HTTP: 409 where another request could succeed, 503 where
    /// something must be set right first.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::UnknownNode { .. } => StatusCode::NOT_FOUND,
            Self::NameTaken { .. }
            | Self::NoPort { .. }
            | Self::NoAddress { .. }
            | Self::AddressTaken { .. } => StatusCode::CONFLICT,
            Self::Stopping
            | Self::File { .. }
            | Self::Program { .. }
            | Self::Ended { .. }
            | Self::Silent { .. }
            | Self::DockerMissing { .. }
            | Self::ImageMissing { .. }
            | Self::NetworkMissing { .. }
            | Self::NoSubnet { .. }
            | Self::NotInContainer { .. }
            | Self::Docker { .. } => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable name of this error, the `code` of its body.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NameTaken { .. } => NAME_TAKEN,
            Self::UnknownNode { .. } => UNKNOWN_NODE,
            Self::NoPort { .. } => "port_taken",
            Self::Stopping => "launcher_stopping",
            Self::File { .. } => "file_refused",
            Self::Program { .. } => "program_missing",
            Self::Ended { .. } => "node_ended",
            Self::Silent { .. } => "node_silent",
            Self::DockerMissing { .. } => "docker_missing",
            Self::ImageMissing { .. } => "image_missing",
            Self::NetworkMissing { .. } => "network_missing",
            Self::NoSubnet { .. } | Self::NoAddress { .. } => "no_address",
            Self::AddressTaken { .. } => "address_taken",
            Self::NotInContainer { .. } => "launcher_misconfigured",
            Self::Docker { .. } => "docker_refused",
        }
    }
}
