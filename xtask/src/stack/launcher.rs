//! The launcher of the stack: it starts and stops nodes that the stack knows nothing of.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use reqwest::Client;

use super::{PATIENCE, Process, Stack, StackError, judge};
use crate::wait;

/// The launcher of the stack, running or not.
#[derive(Debug)]
pub struct Launcher {
    pub(super) address: SocketAddr,
    /// The first ports that its nodes try.
    pub(super) first_port: u16,
    pub(super) first_peer_port: u16,
    pub(super) process: Option<Process>,
}

impl Launcher {
    /// Where it listens, as the beginning of a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its process's number while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// What starts it; its nodes are kept in `directory`, and ask for tokens and speak TLS with
    /// each other if so told.
    pub(super) fn command(
        &self,
        binary: &Path,
        directory: &Path,
        secret: &Path,
        (auth, peer_tls): (&str, &str),
    ) -> Command {
        let mut command = Command::new(binary);
        command.env("RINGWAY_AUTH", auth).env("RINGWAY_PEER_TLS", peer_tls);
        command.args(["launcher", "--host", &self.address.ip().to_string()]);
        command.args(["--port", &self.address.port().to_string()]);
        command.arg("--secret-file").arg(secret);
        command.arg("process").arg("--directory").arg(directory);
        command.args(["--first-port", &self.first_port.to_string()]);
        command.args(["--first-peer-port", &self.first_peer_port.to_string()]);
        command
    }

    /// Whether it answers, if only to say that it doesn't know who asks.
    pub(super) async fn is_alive(&self, client: &Client) -> bool {
        client.get(format!("{}/nodes", self.url())).send().await.is_ok()
    }

    /// An error where it has ended, with its last words.
    pub(super) fn check(&mut self) -> Result<(), StackError> {
        self.process.as_mut().map_or(Ok(()), StackError::if_ended)
    }
}

impl Stack {
    /// Kills the launcher with SIGKILL, and with it the nodes that it runs. It is gone when
    /// this returns.
    pub fn stop_launcher(&mut self) {
        if let Some(launcher) = &mut self.launcher {
            drop(launcher.process.take());
        }
    }

    /// Starts the launcher, and returns once it answers. Kills it before, where it runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_launcher(&mut self) -> Result<(), StackError> {
        self.stop_launcher();
        let (directory, secret) = (self.launched(), self.directory.secret());
        let Some(launcher) = &mut self.launcher else { unreachable!("the stack has no launcher") };
        let mode = |is_on: bool| if is_on { "required" } else { "off" };
        let modes = (mode(self.options.admin_password.is_some()), mode(self.options.peer_tls));
        let command = launcher.command(&self.artifacts.node, &directory, &secret, modes);
        let log = self.directory.log("launcher");
        let process = Process::spawn("launcher", command, &log, &self.group);
        let failed = |source| StackError::Spawn { name: "launcher".to_owned(), source };
        launcher.process = Some(process.map_err(failed)?);
        let mut state = Ok(());
        let ready = wait::until(PATIENCE, async || {
            state = launcher.check();
            state.is_err() || launcher.is_alive(&self.client).await
        });
        let (ready, port) = (ready.await, launcher.address.port());
        judge(state, ready, launcher.process.as_mut(), "answer", port)
    }
}
