//! Envoy, as deployed, before whatever a test puts there.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use xtask::artifacts::{Artifacts, Profile};
use xtask::envoy_config::Local;
use xtask::group::Group;
use xtask::stack::Process;
use xtask::wait;

/// Envoy with one worker. It is gone when this is dropped.
pub(crate) struct LoneEnvoy {
    pub(crate) url: String,
    pub(crate) admin: String,
    _process: Process,
    _group: Group,
    _directory: TempDir,
}

impl LoneEnvoy {
    /// Starts it, and returns once it listens. It asks `control` for view and endpoints.
    pub(crate) async fn start(control: &[SocketAddr]) -> Self {
        Self::start_edited(control, |configuration| configuration).await
    }

    /// The same, by a configuration that is `edit`ed.
    pub(crate) async fn start_edited(
        control: &[SocketAddr],
        edit: impl FnOnce(String) -> String,
    ) -> Self {
        let artifacts = Artifacts::get(Profile::Dev, true).await.unwrap().edge.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let [configuration, address_file, log] =
            ["envoy.yaml", "admin", "log"].map(|name| directory.path().join(name));
        // Envoy chooses both ports and says which they are.
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let filter = &artifacts.filter;
        let local =
            Local { listener: any, admin: any, control, filter, asks_tokens: false, tls: None };
        fs::write(&configuration, edit(local.configuration().unwrap())).unwrap();
        let mut command = Command::new(&artifacts.envoy);
        command.arg("--config-path").arg(configuration);
        command.arg("--admin-address-path").arg(&address_file);
        command.args(["--concurrency", "1", "--disable-hot-restart", "--log-level", "warning"]);
        let group = Group::new().unwrap();
        let mut process = Process::spawn("envoy", command, &log, &group).unwrap();

        let mut admin = String::new();
        let mut url = None;
        let listens = wait::until(Duration::from_secs(30), async || {
            assert!(process.exited().is_none(), "{}", process.log_tail());
            admin = format!("http://{}", fs::read_to_string(&address_file).unwrap_or_default());
            url = listener(&admin).await;
            url.is_some()
        });
        assert!(listens.await, "{}", process.log_tail());
        Self { url: url.unwrap(), admin, _process: process, _group: group, _directory: directory }
    }

    /// The sum of the filter's metric `name` over its labels.
    pub(crate) async fn metric(&self, name: &str) -> u64 {
        super::metrics::sum(&self.admin, name).await
    }
}

async fn listener(admin: &str) -> Option<String> {
    let answer = reqwest::get(format!("{admin}/listeners?format=json")).await.ok()?;
    let json: serde_json::Value = serde_json::from_str(&answer.text().await.ok()?).ok()?;
    let socket = json.pointer("/listener_statuses/0/local_address/socket_address")?;
    let port = socket.get("port_value")?.as_u64()?;
    // Bound before it listens.
    tokio::net::TcpStream::connect(format!("127.0.0.1:{port}")).await.ok()?;
    Some(format!("http://127.0.0.1:{port}"))
}
