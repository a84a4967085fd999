//! HAProxy before the nodes.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{PATIENCE, Process, Stack, StackError, judge};
use crate::artifacts;
use crate::haproxy_config::Local;
use crate::wait;

/// HAProxy before the nodes, running or not, and `ringway haproxy-sync`, which keeps it as the
/// ring is.
#[derive(Debug)]
pub struct HaproxyEdge {
    pub(super) listener: SocketAddr,
    pub(super) stats: SocketAddr,
    pub(super) metrics: SocketAddr,
    pub(super) process: Option<Process>,
    pub(super) sync: Option<Process>,
    /// Sockets and files. Never in the user's directory, whose path may be too long for a socket.
    directory: TempDir,
    /// The file with the certificate and its key, where clients speak TLS.
    certificate: Option<PathBuf>,
}

impl HaproxyEdge {
    pub(super) fn new(
        listener: SocketAddr,
        stats: SocketAddr,
        metrics: SocketAddr,
        certificate: Option<PathBuf>,
    ) -> Result<Self, StackError> {
        let directory = TempDir::with_prefix("ringway-haproxy-")
            .map_err(|source| StackError::Directory { path: std::env::temp_dir(), source })?;
        Ok(Self { listener, stats, metrics, process: None, sync: None, directory, certificate })
    }

    /// Where clients reach the store, as the beginning of a URL.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.certificate.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.listener)
    }

    /// HAProxy's statistics, as the beginning of a URL.
    #[must_use]
    pub fn stats_url(&self) -> String {
        format!("http://{}", self.stats)
    }

    /// What `ringway haproxy-sync` shows, as the beginning of a URL.
    #[must_use]
    pub fn sync_url(&self) -> String {
        format!("http://{}", self.metrics)
    }

    /// HAProxy's stats socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.directory.path().join("haproxy.sock")
    }

    /// The ring as HAProxy starts with it, which is also what HAProxy calls its map.
    #[must_use]
    pub fn map(&self) -> PathBuf {
        self.directory.path().join("ring.map")
    }

    /// The number of HAProxy's process, its master, while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    fn command(&self, binary: &Path, asks_tokens: bool) -> Result<Command, StackError> {
        let directory = self.directory.path();
        let local = Local { listener: self.listener, stats: self.stats, directory };
        let configuration = directory.join("haproxy.cfg");
        let failed = |source| StackError::Spawn { name: "haproxy".to_owned(), source };
        fs::write(&configuration, local.configuration()?).map_err(failed)?;
        let mut command = Command::new(binary);
        command.envs(self.certificate.iter().map(|file| ("RINGWAY_TLS_FILE", file)));
        // A master that reloads, also when it is asked to, and all of it in the foreground.
        command.args(["-W", "-db", "-S"]);
        command.arg(format!("{},mode,600", directory.join("master.sock").display()));
        command.arg("-f").arg(directory.join("servers.cfg"));
        if asks_tokens {
            command.arg("-f").arg(directory.join("keys.cfg"));
        }
        command.arg("-f").arg(configuration);
        Ok(command)
    }

    fn sync_command(&self, binary: &Path, nodes: &[SocketAddr], auth: &str) -> Command {
        let nodes: Vec<_> = nodes.iter().map(SocketAddr::to_string).collect();
        let mut command = Command::new(binary);
        command.args(["haproxy-sync", "--nodes", &nodes.join(","), "--auth", auth]);
        command.arg("--directory").arg(self.directory.path());
        command.args(["--host", &self.metrics.ip().to_string()]);
        command.args(["--port", &self.metrics.port().to_string()]);
        command
    }

    /// Whether HAProxy has something to start with.
    fn has_files(&self, asks_tokens: bool) -> bool {
        let has = |name| self.directory.path().join(name).exists();
        has("servers.cfg") && has("ring.map") && (!asks_tokens || has("keys.cfg"))
    }
}

impl Stack {
    /// HAProxy, which the stack must have been started with.
    #[must_use]
    pub fn haproxy(&self) -> &HaproxyEdge {
        self.haproxy.as_ref().unwrap_or_else(|| unreachable!("the stack has no HAProxy"))
    }

    /// HAProxy, where the stack was started with it.
    #[must_use]
    pub fn haproxy_if_any(&self) -> Option<&HaproxyEdge> {
        self.haproxy.as_ref()
    }

    /// Starts `ringway haproxy-sync`, and HAProxy where that doesn't run, and returns once a
    /// key was stored and read through it. Kills what of it runs before.
    ///
    /// # Errors
    /// When something does not come up.
    pub async fn start_haproxy(&mut self) -> Result<(), StackError> {
        self.stop_haproxy();
        self.start_haproxy_sync().await?;
        let binary = artifacts::haproxy().await?;
        let command = self.haproxy().command(&binary, self.options.admin_password.is_some())?;
        let process = self.spawn("haproxy", command)?;
        let probe = self.probe();
        let Some(haproxy) = &mut self.haproxy else { unreachable!("it was there above") };
        haproxy.process = Some(process);
        let url = haproxy.url();
        let mut state = Ok(());
        let ready = wait::until(PATIENCE, async || {
            state = haproxy.process.as_mut().map_or(Ok(()), StackError::if_ended);
            state.is_err() || probe.serves(&url).await
        });
        let ready = ready.await;
        let port = haproxy.listener.port();
        judge(state, ready, haproxy.process.as_mut(), "serve a key", port)
    }

    /// Kills HAProxy, its master and its workers, with SIGKILL.
    pub fn stop_haproxy(&mut self) {
        let Some(haproxy) = &mut self.haproxy else { return };
        // A worker ends when its master is gone.
        drop(haproxy.process.take());
    }

    /// Sends `signal`, by its name without "SIG", to HAProxy's master: USR2 reloads.
    pub fn signal_haproxy(&mut self, signal: &str) {
        let haproxy = self.haproxy.as_mut().and_then(|haproxy| haproxy.process.as_mut());
        if let Some(process) = haproxy {
            process.signal(signal);
        }
    }

    /// Starts `ringway haproxy-sync`, and returns once HAProxy has files to start with. Kills it
    /// before, where it runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_haproxy_sync(&mut self) -> Result<(), StackError> {
        self.stop_haproxy_sync();
        let nodes: Vec<_> = self.nodes.iter().map(super::Node::admin_address).collect();
        let asks_tokens = self.options.admin_password.is_some();
        let auth = if asks_tokens { "required" } else { "off" };
        let command = self.haproxy().sync_command(&self.artifacts.node, &nodes, auth);
        let process = self.spawn("haproxy-sync", command)?;
        let Some(haproxy) = &mut self.haproxy else { unreachable!("it was there above") };
        haproxy.sync = Some(process);
        let mut state = Ok(());
        let ready = wait::until(PATIENCE, async || {
            state = haproxy.sync.as_mut().map_or(Ok(()), StackError::if_ended);
            state.is_err() || haproxy.has_files(asks_tokens)
        });
        let ready = ready.await;
        let port = haproxy.metrics.port();
        judge(state, ready, haproxy.sync.as_mut(), "write HAProxy's files", port)
    }

    /// Kills `ringway haproxy-sync` with SIGKILL. It is gone when this returns.
    pub fn stop_haproxy_sync(&mut self) {
        if let Some(haproxy) = &mut self.haproxy {
            drop(haproxy.sync.take());
        }
    }

    fn spawn(&self, name: &str, command: Command) -> Result<Process, StackError> {
        let spawned = Process::spawn(name, command, &self.directory.log(name), &self.group);
        spawned.map_err(|source: io::Error| StackError::Spawn { name: name.to_owned(), source })
    }
}
