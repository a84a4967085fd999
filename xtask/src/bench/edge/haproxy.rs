//! The two HAProxys: as deployed, and with HAProxy's own hashing instead of the ring.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::backend::Backends;
use super::balancer::Measured;
use super::cut::{Cut, cut};
use crate::artifacts::{self, Artifacts, Profile};
use crate::group::Group;
use crate::haproxy_config::Local;
use crate::stack::{PortBlock, Process};
use crate::wait;

const PATIENCE: Duration = Duration::from_secs(30);

/// How HAProxy finds the node of a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Chooser {
    /// By the ring, as deployed, with `ringway haproxy-sync` beside it.
    Ring,
    /// By `hash-type consistent` of the same key, and otherwise as deployed.
    Consistent,
}

/// What is cut from the deployed configuration for the latter.
const CUTS: [Cut; 4] = [
    (
        "  # The number of partitions stays",
        "  use_backend reads if reads",
        "  acl reads method GET HEAD\n",
    ),
    (
        "backend reads from base\n  balance roundrobin\n",
        "  http-reuse always",
        "backend reads from base\n  balance hash path,bytes(4),url_dec\n  hash-type consistent\n",
    ),
    ("  # Retries follow no use-server rule.", "  option httpchk", ""),
    ("  default-server weight 0 inter 1s", " fastinter", "  default-server inter 1s"),
];
/// The servers that retries go to, which there have no weight of their own.
const RETRIES: Cut = ("  server retry-second unix@", "\n# Everything else may change", "");

/// A HAProxy that serves keys.
pub(super) struct Running {
    pub(super) haproxy: Measured,
    /// Where `ringway haproxy-sync` shows its metrics.
    pub(super) metrics: String,
    _sync: Option<Process>,
    _ports: PortBlock,
}

impl Chooser {
    fn name(self) -> &'static str {
        match self {
            Self::Ring => "ring",
            Self::Consistent => "consistent",
        }
    }

    /// Starts HAProxy, alone on the first core, and returns once it serves a key.
    pub(super) async fn start(
        self,
        backends: &Backends,
        directory: &TempDir,
        group: &Group,
    ) -> Result<Running, Box<dyn Error>> {
        let directory = directory.path().join(self.name());
        fs::create_dir(&directory)?;
        let mut ports = PortBlock::claim()?;
        let mut address =
            || Ok::<_, Box<dyn Error>>(SocketAddr::from(([127, 0, 0, 1], ports.free_port()?)));
        let (listener, stats, metrics) = (address()?, address()?, address()?);
        let sync = start_sync(backends, &directory, metrics, group).await?;
        let deployed = Local { listener, stats, directory: &directory }.configuration()?;
        let (text, sync) = match self {
            Self::Ring => (deployed, Some(sync)),
            // Its servers stay as they are.
            Self::Consistent => {
                let text = cut(deployed, "haproxy.cfg", &CUTS)?;
                (cut(text, "haproxy.cfg", &[RETRIES])?, None)
            }
        };
        fs::write(directory.join("haproxy.cfg"), text)?;
        let mut command = Command::new("taskset");
        // One process without a master, whose CPU time is all that there is.
        command.args(["--cpu-list", "0"]).arg(artifacts::haproxy().await?).arg("-db");
        for file in ["servers.cfg", "haproxy.cfg"] {
            command.arg("-f").arg(directory.join(file));
        }
        let mut process = Process::spawn("haproxy", command, &directory.join("log"), group)?;
        let url = format!("http://{listener}");
        let mut serves = false;
        wait::until(PATIENCE, async || {
            let answer = reqwest::get(format!("{url}/kv/a")).await;
            serves = answer.is_ok_and(|answer| answer.status().is_success());
            serves || process.exited().is_some()
        })
        .await;
        if !serves {
            return Err(process.log_tail().into());
        }
        let (haproxy, metrics) = (Measured { url, process }, format!("http://{metrics}/metrics"));
        Ok(Running { haproxy, metrics, _sync: sync, _ports: ports })
    }
}

/// Starts `ringway haproxy-sync`, and returns once HAProxy has something to start with. It isn't
/// what is measured: how it is compiled is all the same.
async fn start_sync(
    backends: &Backends,
    directory: &Path,
    metrics: SocketAddr,
    group: &Group,
) -> Result<Process, Box<dyn Error>> {
    let node = Artifacts::get(Profile::Dev, false).await?.node;
    let nodes: Vec<_> = backends.addresses().iter().map(ToString::to_string).collect();
    let mut command = Command::new(node);
    command.args(["haproxy-sync", "--nodes", &nodes.join(",")]);
    command.arg("--directory").arg(directory);
    command.args(["--host", &metrics.ip().to_string(), "--port", &metrics.port().to_string()]);
    let log = directory.join("sync-log");
    let mut sync = Process::spawn("haproxy-sync", command, &log, group)?;
    let files = ["servers.cfg", "ring.map"].map(|name| directory.join(name));
    let has_files = || files.iter().all(|file| file.exists());
    wait::until(PATIENCE, async || has_files() || sync.exited().is_some()).await;
    if has_files() { Ok(sync) } else { Err(sync.log_tail().into()) }
}
