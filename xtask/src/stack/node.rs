//! A node of the stack.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use ringway_ring::{Member, NodeId};

use super::{Host, Process, StackError};
use crate::metric::metric;

/// A node of the stack, running or not.
#[derive(Debug)]
pub struct Node {
    pub(super) member: Member,
    pub(super) host: Host,
    pub(super) port: u16,
    /// Where the other nodes reach it, at the same address.
    pub(super) peer_port: u16,
    /// Where edges and monitoring reach it, at the same address.
    pub(super) admin_port: u16,
    pub(super) process: Option<Process>,
}

impl Node {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &NodeId {
        &self.member.id
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.host.address, self.port)
    }

    /// Where it listens, as the beginning of a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where the other nodes reach it.
    #[must_use]
    pub fn peer_address(&self) -> SocketAddr {
        SocketAddr::new(self.host.address, self.peer_port)
    }

    /// Where edges and monitoring reach it.
    #[must_use]
    pub fn admin_address(&self) -> SocketAddr {
        SocketAddr::new(self.host.address, self.admin_port)
    }

    /// The same, as the beginning of a URL.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin_address())
    }

    /// Its process's number while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    /// Its metric `name`, summed over its labels, where it answers and has it.
    pub async fn metric(&self, name: &str) -> Option<u64> {
        metric(&format!("{}/metrics", self.admin_url()), name).await
    }

    /// What starts it on `data`; `others` are the nodes whose cluster it joins, and if there
    /// are none it makes one. With a file with an admin's password it asks for tokens.
    pub(super) fn command(
        &self,
        binary: &Path,
        data: &Path,
        secret: &Path,
        others: &[SocketAddr],
        admin_password: Option<&Path>,
    ) -> Command {
        let Member { id, zone, weight } = &self.member;
        let mut command = self.host.command(binary);
        command.args(["node", "--server-id", id.as_str()]);
        command.args(["--host", &self.host.address.to_string()]);
        command.args(["--port", &self.port.to_string()]);
        command.args(["--peer-port", &self.peer_port.to_string()]);
        command.args(["--admin-host", &self.host.address.to_string()]);
        command.args(["--admin-port", &self.admin_port.to_string()]);
        command.args(["--weight", &weight.to_string()]);
        match admin_password {
            Some(file) => command.args(["--auth", "required", "--admin-password-file"]).arg(file),
            None => command.args(["--auth", "off"]),
        };
        if !zone.is_unnamed() {
            command.args(["--zone", zone.as_str()]);
        }
        command.arg("--data-directory").arg(data).arg("--secret-file").arg(secret);
        // Whose data is there knows its cluster.
        if !data.exists() {
            match others {
                [] => command.arg("--bootstrap"),
                others => {
                    let addresses: Vec<_> = others.iter().map(SocketAddr::to_string).collect();
                    command.args(["--join", &addresses.join(",")])
                }
            };
        }
        command
    }

    /// Whether it answers.
    pub(super) async fn is_alive(&self, client: &reqwest::Client) -> bool {
        let heartbeat = client.get(format!("{}/heartbeat", self.url())).send().await;
        heartbeat.is_ok_and(|response| response.status().is_success())
    }

    /// An error where it has ended, with its last words.
    pub(super) fn check(&mut self) -> Result<(), StackError> {
        self.process.as_mut().map_or(Ok(()), StackError::if_ended)
    }
}
