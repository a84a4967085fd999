//! Envoy before the nodes.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;

use super::probe::Probe;
use super::{Process, StackError};

/// How often it does so for each of Envoy's workers. The system gives every connection
/// to one of them at random, and a round has three.
const ROUNDS_PER_WORKER: u16 = 3;

/// Envoy before the nodes, running or not.
#[derive(Debug)]
pub struct Edge {
    pub(super) listener: SocketAddr,
    pub(super) admin: SocketAddr,
    pub(super) concurrency: NonZeroU16,
    /// `http`, or `https`.
    pub(super) scheme: &'static str,
    pub(super) process: Option<Process>,
}

impl Edge {
    /// Where clients reach the store, as the beginning of a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.listener)
    }

    /// Envoy's administration interface, as the beginning of a URL.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin)
    }

    /// Its process's number while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// What starts it.
    pub(super) fn command(&self, binary: &Path, configuration: &Path) -> Command {
        let mut command = Command::new(binary);
        command.arg("--config-path").arg(configuration);
        command.args(["--concurrency", &self.concurrency.to_string()]);
        // Hot restart shares memory under a number that other Envoys may have too.
        command.args(["--disable-hot-restart", "--log-level", "warning"]);
        command
    }

    /// Whether a key can be stored and read through it, whichever of its workers gets
    /// the connection: each learns the view by itself.
    pub(super) async fn serves(&self, probe: &Probe) -> bool {
        for _ in 0..ROUNDS_PER_WORKER * self.concurrency.get() {
            if !probe.serves(&self.url()).await {
                return false;
            }
        }
        true
    }

    /// An error where it has ended, with its last words.
    pub(super) fn check(&mut self) -> Result<(), StackError> {
        self.process.as_mut().map_or(Ok(()), StackError::if_ended)
    }
}
