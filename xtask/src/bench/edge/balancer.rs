//! The two Envoys: as deployed, and with Envoy's own ring instead of the filter.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::backend::Backends;
use super::cut::{Cut, cut};
use crate::artifacts::EdgeArtifacts;
use crate::envoy_config::Local;
use crate::group::Group;
use crate::stack::Process;
use crate::wait;

const PATIENCE: Duration = Duration::from_secs(30);

/// How Envoy finds the node of a key.
#[derive(Clone, Copy, Debug)]
pub(in crate::bench) enum Balancer {
    /// By the filter, as deployed.
    Filter,
    /// By its `ring_hash` of the path, and otherwise as deployed.
    RingHash,
}

const CUTS: [Cut; 4] = [
    ("          # What clients call x-ringway-*", "          generate_request_id:", ""),
    (
        "          - name: ringway\n            typed_config:",
        "          - name: envoy.filters.http.router",
        "",
    ),
    ("    load_balancing_policy:", "    typed_extension_protocol_options:", RING_HASH),
    ("                  timeout: 60s\n", "                  # Up to the first byte", HASH_POLICY),
];
const RING_HASH: &str = "    load_balancing_policy:
      policies:
      - typed_extension_config:
          name: envoy.load_balancing_policies.ring_hash
          typed_config:
            \"@type\": type.googleapis.com/envoy.extensions.load_balancing_policies.ring_hash.v3.RingHash
";
const HASH_POLICY: &str = "                  timeout: 60s
                  hash_policy: [header: {header_name: \":path\"}]
";

/// A proxy under measurement.
pub(in crate::bench) struct Measured {
    pub(in crate::bench) url: String,
    pub(in crate::bench) process: Process,
}

impl Balancer {
    fn name(self) -> &'static str {
        match self {
            Self::Filter => "filter",
            Self::RingHash => "ring_hash",
        }
    }

    /// Starts Envoy, alone on the first core, and returns once it serves a key.
    pub(in crate::bench) async fn start(
        self,
        artifacts: &EdgeArtifacts,
        backends: &Backends,
        directory: &TempDir,
        group: &Group,
    ) -> Result<Measured, Box<dyn Error>> {
        let file = |kind: &str| directory.path().join(format!("{}.{kind}", self.name()));
        let (configuration, address, log) = (file("yaml"), file("admin"), file("log"));
        // Envoy chooses both ports and says which they are.
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let control = backends.addresses();
        let filter = &artifacts.filter;
        let local =
            Local { listener: any, admin: any, control, filter, asks_tokens: false, tls: None };
        let text = match self {
            Self::Filter => local.configuration()?,
            Self::RingHash => cut(local.configuration()?, "envoy.yaml", &CUTS)?,
        };
        fs::write(&configuration, text)?;
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", "0"]).arg(&artifacts.envoy);
        command.arg("--config-path").arg(configuration);
        command.arg("--admin-address-path").arg(&address);
        command.args(["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]);
        let mut process = Process::spawn(self.name(), command, &log, group)?;
        let mut url = None;
        let served = wait::until(PATIENCE, async || {
            let admin = fs::read_to_string(&address).unwrap_or_default();
            url = serving(&admin).await;
            url.is_some() || process.exited().is_some()
        });
        let served = served.await;
        match url {
            Some(url) if served => Ok(Measured { url, process }),
            _ => Err(process.log_tail().into()),
        }
    }
}

/// Where Envoy serves keys, once it does.
async fn serving(admin: &str) -> Option<String> {
    let listeners = reqwest::get(format!("http://{admin}/listeners?format=json")).await.ok()?;
    let json: serde_json::Value = serde_json::from_str(&listeners.text().await.ok()?).ok()?;
    let socket = json.pointer("/listener_statuses/0/local_address/socket_address")?;
    let url = format!("http://127.0.0.1:{}", socket.get("port_value")?.as_u64()?);
    let answer = reqwest::get(format!("{url}/kv/a")).await.ok()?;
    answer.status().is_success().then_some(url)
}
