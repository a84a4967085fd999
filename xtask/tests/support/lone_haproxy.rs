//! HAProxy, as deployed, before whatever a test puts there.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use xtask::artifacts::{self, Artifacts, Profile};
use xtask::group::Group;
use xtask::haproxy_config::Local;
use xtask::stack::{PortBlock, Process};
use xtask::wait;

const PATIENCE: Duration = Duration::from_secs(30);

/// HAProxy, and `ringway haproxy-sync` beside it. They are gone when this is dropped.
pub(crate) struct LoneHaproxy {
    pub(crate) url: String,
    control: Vec<SocketAddr>,
    node: PathBuf,
    sync: Option<Process>,
    process: Process,
    group: Group,
    directory: TempDir,
    _ports: PortBlock,
}

impl LoneHaproxy {
    /// Starts both, and returns once HAProxy listens. `control` is asked for the view.
    pub(crate) async fn start(control: &[SocketAddr]) -> Self {
        let node = Artifacts::get(Profile::Dev, false).await.unwrap().node;
        let (directory, group) = (tempfile::tempdir().unwrap(), Group::new().unwrap());
        let sync = sync(&node, control, &directory, &group);
        let [servers, map] = ["servers.cfg", "ring.map"].map(|name| directory.path().join(name));
        let has_files = wait::until(PATIENCE, async || servers.exists() && map.exists());
        assert!(has_files.await, "{}", sync.log_tail());
        Self::run(control, node, Some(sync), directory, group).await
    }

    /// Starts HAProxy alone, with a ring of no nodes, and `servers` where it reads which there are.
    pub(crate) async fn start_untold(control: &[SocketAddr], servers: &str) -> Self {
        let node = Artifacts::get(Profile::Dev, false).await.unwrap().node;
        let (directory, group) = (tempfile::tempdir().unwrap(), Group::new().unwrap());
        for (name, text) in [("servers.cfg", servers), ("ring.map", "")] {
            fs::write(directory.path().join(name), text).unwrap();
        }
        Self::run(control, node, None, directory, group).await
    }

    async fn run(
        control: &[SocketAddr],
        node: PathBuf,
        sync: Option<Process>,
        directory: TempDir,
        group: Group,
    ) -> Self {
        let binary = artifacts::haproxy().await.unwrap();
        let mut ports = PortBlock::claim().unwrap();
        let mut address = || SocketAddr::from(([127, 0, 0, 1], ports.free_port().unwrap()));
        let (listener, stats) = (address(), address());
        let [servers, configuration, log] =
            ["servers.cfg", "haproxy.cfg", "log"].map(|name| directory.path().join(name));
        let local = Local { listener, stats, directory: directory.path() };
        fs::write(&configuration, local.configuration().unwrap()).unwrap();
        let mut command = Command::new(binary);
        command.args(["-W", "-db", "-f"]).arg(servers).arg("-f").arg(configuration);
        let mut process = Process::spawn("haproxy", command, &log, &group).unwrap();
        let listens = wait::until(PATIENCE, async || {
            assert!(process.exited().is_none(), "{}", process.log_tail());
            TcpStream::connect(listener).await.is_ok()
        });
        assert!(listens.await, "{}", process.log_tail());
        let (url, control) = (format!("http://{listener}"), control.to_vec());
        Self { url, control, node, sync, process, group, directory, _ports: ports }
    }

    /// Has HAProxy replace its worker by one that starts from the files.
    pub(crate) fn reload(&mut self) {
        self.process.signal("USR2");
    }

    /// Kills `ringway haproxy-sync` with SIGKILL.
    pub(crate) fn kill_sync(&mut self) {
        drop(self.sync.take());
    }

    pub(crate) fn start_sync(&mut self) {
        self.sync = Some(sync(&self.node, &self.control, &self.directory, &self.group));
    }

    /// The ring by which HAProxy serves, in lines of `key value`.
    pub(crate) async fn served(&self) -> Vec<(String, String)> {
        let map = self.directory.path().join("ring.map").display().to_string();
        let shown = self.ask(&format!("show map {map}")).await;
        let entry = |line: &str| {
            let mut words = line.split(' ').skip(1).map(str::to_owned);
            Some((words.next()?, words.next()?))
        };
        shown.lines().filter_map(entry).collect()
    }

    async fn ask(&self, command: &str) -> String {
        let mut answer = String::new();
        let socket = self.directory.path().join("haproxy.sock");
        if let Ok(mut stream) = UnixStream::connect(socket).await {
            stream.write_all(format!("{command}\n").as_bytes()).await.unwrap();
            // Cut short where HAProxy is just being replaced.
            let _ = stream.read_to_string(&mut answer).await;
        }
        answer
    }
}

fn sync(node: &PathBuf, control: &[SocketAddr], directory: &TempDir, group: &Group) -> Process {
    let control: Vec<_> = control.iter().map(SocketAddr::to_string).collect();
    let mut command = Command::new(node);
    command.args(["haproxy-sync", "--port", "0", "--nodes", &control.join(",")]);
    command.arg("--directory").arg(directory.path());
    Process::spawn("haproxy-sync", command, &directory.path().join("sync-log"), group).unwrap()
}
