//! Three members of etcd on this machine.

use std::error::Error;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use reqwest::Client;
use serde_json::Value;
use tempfile::TempDir;

use crate::group::Group;
use crate::stack::{PortBlock, Process};
use crate::wait;

const MEMBERS: [&str; 3] = ["e1", "e2", "e3"];
const PATIENCE: Duration = Duration::from_secs(30);

/// Three members of etcd. They are gone when this is dropped.
pub(super) struct EtcdCluster {
    client: Client,
    urls: Vec<String>,
    processes: Vec<Process>,
    // The last three outlive the processes: fields are dropped in this order.
    _group: Group,
    _directory: TempDir,
    _ports: PortBlock,
}

impl EtcdCluster {
    /// Starts them, as they are by default, on the same disk as everything else.
    pub(super) fn start(etcd: &Path) -> Result<Self, Box<dyn Error>> {
        let (directory, group) = (TempDir::with_prefix("etcd-")?, Group::new()?);
        let mut ports = PortBlock::claim()?;
        let mut url = || ports.free_port().map(|port| format!("http://127.0.0.1:{port}"));
        let mut members = Vec::new();
        for name in MEMBERS {
            members.push((name, url()?, url()?));
        }
        let peers = members.iter().map(|(name, _, peer)| format!("{name}={peer}"));
        let peers = peers.collect::<Vec<_>>().join(",");
        let mut processes = Vec::new();
        for (name, url, peer) in &members {
            let mut command = Command::new(etcd);
            command.args(["--name", name, "--log-level", "error"]);
            command.arg("--data-dir").arg(directory.path().join(name));
            command.args(["--listen-client-urls", url, "--advertise-client-urls", url]);
            command.args(["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]);
            command.args(["--initial-cluster", &peers, "--initial-cluster-state", "new"]);
            let log = directory.path().join(format!("{name}.log"));
            processes.push(Process::spawn(name, command, &log, &group)?);
        }
        let client = Client::builder().no_proxy().build()?;
        let urls = members.into_iter().map(|(_, url, _)| url).collect();
        Ok(Self { client, urls, processes, _group: group, _directory: directory, _ports: ports })
    }

    /// Where the leader listens, once there is one.
    pub(super) async fn leader(&self) -> Result<String, Box<dyn Error>> {
        let mut leader = None;
        let found = wait::until(PATIENCE, async || {
            for url in &self.urls {
                if self.leads(url).await {
                    leader = Some(url.clone());
                }
            }
            leader.is_some()
        });
        found.await;
        leader.ok_or_else(|| {
            let logs = self.processes.iter().map(Process::log_tail).collect::<Vec<_>>();
            format!("etcd has no leader: {}", logs.join("\n")).into()
        })
    }

    async fn leads(&self, url: &str) -> bool {
        let status = async || {
            let status = self.client.post(format!("{url}/v3/maintenance/status")).body("{}");
            status.send().await?.error_for_status()?.text().await
        };
        let Ok(status) = status().await else { return false };
        let Ok(status) = serde_json::from_str::<Value>(&status) else { return false };
        let member = status.pointer("/header/member_id");
        member.is_some() && status.get("leader") == member
    }
}
