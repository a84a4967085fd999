//! Envoy before the nodes.

use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::path::Path;
use std::process::Command;

use super::probe::Probe;
use super::{Node, PATIENCE, Process, Stack, StackError, judge};
use crate::envoy_config::{Local, tls_configuration};
use crate::wait;

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

impl Stack {
    /// Kills Envoy with SIGKILL. It is gone when this returns.
    pub fn stop_envoy(&mut self) {
        if let Some(edge) = &mut self.edge {
            drop(edge.process.take());
        }
    }

    /// Starts Envoy, and returns once a key was stored and read through it. Kills it
    /// before, where it runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_envoy(&mut self) -> Result<(), StackError> {
        let probe = self.probe();
        let (Some(edge), Some(artifacts)) = (&mut self.edge, &self.artifacts.edge) else {
            unreachable!("the stack has no edge")
        };
        drop(edge.process.take());
        let control = match &self.options.control {
            Some(control) => control.clone(),
            None => self.nodes.iter().map(Node::admin_address).collect(),
        };
        let (listener, admin) = (edge.listener, edge.admin);
        let asks_tokens = self.options.admin_password.is_some();
        let filter = &artifacts.filter;
        let failed = |source| StackError::Spawn { name: "envoy".to_owned(), source };
        let tls = self.directory.path().join("envoy-tls.yaml");
        if let Some(certificates) = &self.options.edge_tls {
            fs::write(&tls, tls_configuration(certificates)?).map_err(failed)?;
        }
        let tls = self.options.edge_tls.is_some().then_some(&*tls);
        let local = Local { listener, admin, control: &control, filter, asks_tokens, tls };
        let text = local.configuration()?;
        let configuration = self.directory.path().join("envoy.yaml");
        fs::write(&configuration, text).map_err(failed)?;
        let command = edge.command(&artifacts.envoy, &configuration);
        let log = self.directory.log("envoy");
        let process = Process::spawn("envoy", command, &log, &self.group);
        edge.process = Some(process.map_err(failed)?);
        let mut state = Ok(());
        let ready = wait::until(PATIENCE, async || {
            state = edge.check();
            state.is_err() || edge.serves(&probe).await
        });
        let ready = ready.await;
        judge(state, ready, edge.process.as_mut(), "serve a key", edge.listener.port())
    }
}
