//! One server by itself, as it is started by hand.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use xtask::artifacts::{Artifacts, Profile};
use xtask::group::Group;
use xtask::stack::{PortBlock, Process};
use xtask::wait;

const PATIENCE: Duration = Duration::from_mins(1);

/// One server by itself.
pub(crate) struct Alone {
    address: SocketAddr,
    data: PathBuf,
    log: PathBuf,
    process: Option<Process>,
    group: Group,
    _ports: PortBlock,
}

impl Alone {
    /// As somebody starts it who has set what those systems' servers were told by variables.
    pub(crate) async fn start(directory: &Path) -> Self {
        let mut ports = PortBlock::claim().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], ports.free_port().unwrap()));
        let [data, log] = ["alone", "alone.log"].map(|name| directory.join(name));
        let group = Group::new().unwrap();
        let mut alone = Self { address, data, log, process: None, group, _ports: ports };
        alone.begin(&["node", "--bootstrap"]).await;
        alone
    }

    async fn begin(&mut self, words: &[&str]) {
        let program = Artifacts::get(Profile::Dev, false).await.unwrap().node;
        let mut command = Command::new(program);
        command.args(words).env_clear().env("SERVER_ID", "Server1");
        command.env("HOST", "127.0.0.1").env("PORT", self.address.port().to_string());
        command.env("DATA_DIRECTORY", &self.data).env("RINGWAY_ADMIN_PORT", "0");
        let mut process = Process::spawn("alone", command, &self.log, &self.group).unwrap();
        let answers = async || self.ask("/heartbeat").await.is_some() || process.exited().is_some();
        assert!(wait::until(PATIENCE, answers).await);
        assert!(process.exited().is_none(), "{}", process.log_tail());
        self.process = Some(process);
    }

    async fn ask(&self, path: &str) -> Option<String> {
        let answer = reqwest::get(format!("http://{}{path}", self.address)).await.ok()?;
        answer.error_for_status().ok()?.text().await.ok()
    }

    /// What it is called, and where.
    pub(crate) async fn is_called_as_it_was_told(&self) {
        let home = self.ask("/home").await.unwrap();
        assert!(home.contains("Hello from Server: Server1"), "{home}");
    }

    /// It keeps what it has, in files of its own, whatever befalls it.
    pub(crate) async fn keeps_its_data(&mut self) {
        let put = format!("http://{}/put?key=myKey&value=myValue", self.address);
        let put = reqwest::Client::new().put(put).send().await.unwrap();
        assert_eq!(put.status().as_u16(), 201);
        assert!(fs::read_dir(&self.data).unwrap().count() > 0);
        self.process.take().unwrap().kill();
        self.begin(&["node"]).await;
        assert_eq!(self.ask("/get?key=myKey").await.as_deref(), Some("myValue"));
    }

    /// It tells on standard error what it does.
    pub(crate) fn tells_what_it_does(&self) {
        let log = fs::read_to_string(&self.log).unwrap();
        assert!(log.contains("Server1") && log.contains("listening"), "{log}");
    }
}
