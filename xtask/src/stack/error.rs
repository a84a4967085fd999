//! Why a stack does not stand.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use ringway_ring::{NodeId, ViewError};
use thiserror::Error;

use super::Process;
use super::ports::NoFreePort;
use crate::artifacts::ArtifactError;
use crate::envoy_config::EnvoyConfigError;
use crate::haproxy_config::HaproxyConfigError;

/// Why a stack does not stand. What was started has been ended again, and what was
/// stored is kept where the caller named the directory.
#[derive(Debug, Error)]
pub enum StackError {
    /// There is nothing to run.
    #[error(transparent)]
    Artifacts(#[from] ArtifactError),
    /// The directory for data and logs is not to be used.
    #[error("{} can't be used for data and logs: {source}", path.display())]
    Directory {
        /// The directory.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The admin's password can't be read.
    #[error("the password in {} can't be read: {source}", path.display())]
    Password {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The admin is not let in.
    #[error("the admin can't log in: {answer}")]
    Login {
        /// What the node says.
        answer: String,
    },
    /// Nodes can't be let in.
    #[error("there is no join token for {id}: {answer}")]
    JoinToken {
        /// Whom it was for.
        id: NodeId,
        /// What came instead.
        answer: String,
    },
    /// Another program listens there.
    #[error("port {port}, meant for {name}, is taken by another program")]
    PortTaken {
        /// Who was to listen there.
        name: String,
        /// The port.
        port: u16,
    },
    /// There are more nodes than ports.
    #[error("the ports from {first} on do not suffice for {nodes} nodes")]
    PortsExhausted {
        /// The first node's port.
        first: u16,
        /// How many nodes there are.
        nodes: usize,
    },
    /// All ports are taken.
    #[error(transparent)]
    NoFreePort(#[from] NoFreePort),
    /// Envoy's configuration is not what the local one is derived from.
    #[error(transparent)]
    EnvoyConfig(#[from] EnvoyConfigError),
    /// HAProxy's configuration is not what the local one is derived from.
    #[error(transparent)]
    HaproxyConfig(#[from] HaproxyConfigError),
    /// A process could not be started.
    #[error("{name} could not be started: {source}")]
    Spawn {
        /// Which one.
        name: String,
        /// The system's word.
        source: io::Error,
    },
    /// A process ended by itself.
    #[error("{name} ended ({status}). Its last words:\n{log}")]
    Ended {
        /// Which one.
        name: String,
        /// How it ended.
        status: ExitStatus,
        /// The last lines of its log.
        log: String,
    },
    /// A process runs, but does not do what it is there for.
    #[error("{name} did not {what} within {seconds} seconds. Its last words:\n{log}")]
    NotReady {
        /// Which one.
        name: String,
        /// What it should have done.
        what: &'static str,
        /// How long it had.
        seconds: u64,
        /// The last lines of its log.
        log: String,
    },
    /// A node does not say which view it has.
    #[error("{id} does not answer with a view: {source}")]
    NoView {
        /// Which node.
        id: NodeId,
        /// What happened to the request.
        source: reqwest::Error,
    },
    /// A node's view is none.
    #[error("{id} answers with something that is no view: {source}")]
    BadView {
        /// Which node.
        id: NodeId,
        /// What is wrong with it.
        source: ViewError,
    },
    /// The nodes don't change the ring.
    #[error("the ring is not changed: {answer}")]
    RingChange {
        /// What they say.
        answer: String,
    },
    /// The ring is still changing.
    #[error("{id} says of the ring: {status}")]
    Unsettled {
        /// Who says so.
        id: NodeId,
        /// What it says.
        status: String,
    },
    /// Two nodes answer differently.
    #[error("{one} and {other} have different views")]
    ViewsDiffer {
        /// One node.
        one: NodeId,
        /// The other.
        other: NodeId,
    },
}

impl StackError {
    /// An error where `process` has ended, with its last words.
    pub(super) fn if_ended(process: &mut Process) -> Result<(), Self> {
        let Some(status) = process.exited() else { return Ok(()) };
        Err(Self::Ended { name: process.name().to_owned(), status, log: process.log_tail() })
    }
}
