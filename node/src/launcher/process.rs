//! Nodes as child processes, on the loopback interface of this machine.

mod child;
mod group;
mod places;
mod record;

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{fs, io};

use parking_lot::Mutex;
use ringway_ring::NodeId;
use tokio::time::timeout;

use self::child::Child;
use self::group::Group;
use self::places::{free_ports, log_tail};
use self::record::Record;
use super::backend::Backend;
use super::heartbeat::answers;
use super::node_environment::node_environment;
use super::{LaunchError, LaunchedNode, StartNode};
use crate::join_token::JoinToken;

/// How long a node may take to answer: it opens its data first, and joins.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// Where child processes find what they need.
#[derive(Clone, Debug)]
pub struct ProcessConfig {
    /// The `ringway` program.
    pub program: PathBuf,
    /// Below it each node has a directory, `node-{id}`, with `data` and `log`.
    pub directory: PathBuf,
    /// The first port for clients that is tried.
    pub first_port: u16,
    /// The first port for nodes that is tried.
    pub first_peer_port: u16,
    /// The file with the cluster's secret.
    pub secret_file: PathBuf,
}

/// Runs nodes as child processes. They end with it, however it ends; the next one with the
/// same directory starts them again.
#[derive(Debug)]
pub(super) struct ProcessBackend {
    config: ProcessConfig,
    /// Where the nodes find this launcher.
    url: String,
    children: Mutex<Children>,
}

#[derive(Debug)]
struct Children {
    /// Nothing once the launcher ends.
    group: Option<Group>,
    by_id: BTreeMap<NodeId, Arc<Child>>,
}

impl Children {
    /// Forgets those that ended by themselves.
    fn reap(&mut self) {
        self.by_id.retain(|_, child| !child.has_ended());
    }
}

impl ProcessBackend {
    /// Starts again whatever ran when the last launcher of this directory ended. It doesn't
    /// wait until they answer: they are members, and whoever asks for them sees whether they
    /// are there.
    ///
    /// # Errors
    /// When the directory can't be used, or no process can be started at all.
    pub(super) fn open(config: ProcessConfig, url: String) -> Result<Self, LaunchError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |source| LaunchError::File { path, source }
        };
        fs::create_dir_all(&config.directory).map_err(at(&config.directory))?;
        // Children are started elsewhere, should it be relative.
        let directory = config.directory.canonicalize().map_err(at(&config.directory))?;
        let secret_file = config.secret_file.canonicalize().map_err(at(&config.secret_file))?;
        let config = ProcessConfig { directory, secret_file, ..config };
        let group = Group::new().map_err(|source| program("sh".into(), source))?;
        let children = Children { group: Some(group), by_id: BTreeMap::new() };
        let backend = Self { config, url, children: Mutex::new(children) };
        for record in Record::all(&backend.config.directory) {
            let id = record.node.id.clone();
            if let Err(error) = backend.spawn(record.node, Some((record.client, record.peer))) {
                tracing::error!(%id, %error, "a node of the last launcher can't be started again");
            }
        }
        Ok(backend)
    }

    /// Starts `node`, at these ports or else at free ones.
    fn spawn(
        &self,
        mut node: StartNode,
        ports: Option<(u16, u16)>,
    ) -> Result<Arc<Child>, LaunchError> {
        // Kept until the node has joined by it, and apart: what is recorded others may read.
        let pass = node.token.take();
        let mut children = self.children.lock();
        children.reap();
        let Some(group) = &children.group else { return Err(LaunchError::Stopping) };
        if children.by_id.contains_key(&node.id) {
            return Err(LaunchError::NameTaken { id: node.id });
        }
        let places = children.by_id.values().map(|child| &child.place);
        let taken: Vec<_> = places.flat_map(|at| [at.client.port(), at.peer.port()]).collect();
        let (client, peer) = match ports {
            Some(ports) => ports,
            None => free_ports(self.config.first_port, self.config.first_peer_port, &taken)?,
        };
        let at = |port| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
        let place = LaunchedNode { id: node.id.clone(), client: at(client), peer: at(peer) };
        let directory = self.directory(&node.id);
        let is_new = !directory.exists();
        let begun = fs::create_dir_all(&directory)
            .and_then(|()| Record { node: node.clone(), client, peer }.write(&directory))
            .and_then(|()| pass.map_or(Ok(()), |token| keep_token(&directory, &token)))
            .and_then(|()| output(&directory.join("log")));
        let begun = begun
            .map_err(|source| LaunchError::File { path: directory.clone(), source })
            .and_then(|log| {
                let command = self.command(&node, &place, &directory, log)?;
                let child = Child::spawn(command, group.id(), place, is_new);
                child.map_err(|source| program(self.config.program.clone(), source))
            });
        match begun {
            Ok(child) => {
                let child = Arc::new(child);
                children.by_id.insert(node.id, Arc::clone(&child));
                Ok(child)
            }
            Err(error) => {
                clear(&directory, is_new);
                Err(error)
            }
        }
    }

    fn command(
        &self,
        node: &StartNode,
        place: &LaunchedNode,
        directory: &Path,
        log: fs::File,
    ) -> Result<Command, LaunchError> {
        let errors = log.try_clone();
        let errors = errors.map_err(|source| LaunchError::File { path: "log".into(), source })?;
        let mut command = Command::new(&self.config.program);
        command.arg("node").stdin(Stdio::null()).stdout(log).stderr(errors);
        // What the launcher was told about itself is not for its nodes.
        for name in ["RINGWAY_BOOTSTRAP", "RINGWAY_JOIN_TOKEN_FILE", "RINGWAY_ZONE"] {
            command.env_remove(name);
        }
        let token = token_file(directory);
        if token.exists() {
            command.env("RINGWAY_JOIN_TOKEN_FILE", token);
        }
        command.env("HOST", place.client.ip().to_string());
        command.env("DATA_DIRECTORY", directory.join("data"));
        command.env("RINGWAY_SECRET_FILE", &self.config.secret_file);
        // Many may share this machine. The node's log says which it got.
        command.env("RINGWAY_ADMIN_PORT", "0");
        command.envs(node_environment(node, place.client, place.peer, &self.url));
        Ok(command)
    }

    /// Waits until `child` answers.
    async fn come_up(&self, child: &Child) -> Result<LaunchedNode, LaunchError> {
        let id = || child.place.id.clone();
        let said = || log_tail(&self.directory(&child.place.id).join("log"));
        let up = async {
            tokio::select! {
                () = answers(child.place.client) => Ok(child.place.clone()),
                () = child.ended() => Err(LaunchError::Ended { id: id(), said: said() }),
            }
        };
        timeout(START_PATIENCE, up).await.unwrap_or_else(|_| {
            Err(LaunchError::Silent { id: id(), patience: START_PATIENCE, said: said() })
        })
    }

    fn forget(&self, child: &Arc<Child>) {
        let mut children = self.children.lock();
        let id = &child.place.id;
        if children.by_id.get(id).is_some_and(|present| Arc::ptr_eq(present, child)) {
            children.by_id.remove(id);
        }
    }

    /// Its name is made safe by what stands before it: an id may be "..".
    fn directory(&self, id: &NodeId) -> PathBuf {
        self.config.directory.join(format!("node-{id}"))
    }
}

impl Backend for ProcessBackend {
    async fn start(&self, node: StartNode) -> Result<LaunchedNode, LaunchError> {
        let child = self.spawn(node, None)?;
        let up = self.come_up(&child).await;
        let directory = self.directory(&child.place.id);
        if up.is_err() {
            child.kill().await;
            self.forget(&child);
            clear(&directory, child.is_new);
        }
        // Used up, or of no use to anybody.
        if let Err(error) = fs::remove_file(token_file(&directory))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(directory = %directory.display(), %error, "a join token is left");
        }
        up
    }

    async fn stop(&self, id: NodeId, keep_data: bool) -> Result<(), LaunchError> {
        let directory = self.directory(&id);
        let child = self.children.lock().by_id.get(&id).cloned();
        // Also where it ended by itself, which is not to come back with the next launcher, and
        // where only its data is left.
        let was_known = Record::is_in(&directory) || (!keep_data && directory.is_dir());
        if child.is_none() && !was_known {
            return Err(LaunchError::UnknownNode { id });
        }
        if let Some(child) = child {
            child.stop().await;
            self.forget(&child);
        }
        clear(&directory, !keep_data);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<LaunchedNode>, LaunchError> {
        let mut children = self.children.lock();
        children.reap();
        Ok(children.by_id.values().map(|child| child.place.clone()).collect())
    }

    async fn close(&self) {
        let (group, running) = {
            let mut children = self.children.lock();
            (children.group.take(), std::mem::take(&mut children.by_id))
        };
        let mut stopping = tokio::task::JoinSet::new();
        for child in running.into_values() {
            stopping.spawn(async move { child.stop().await });
        }
        stopping.join_all().await;
        drop(group);
    }
}

/// Forgets that a node was to run in `directory`, or all of it.
fn clear(directory: &Path, is_all: bool) {
    let cleared = if is_all { fs::remove_dir_all(directory) } else { Record::remove(directory) };
    if let Err(error) = cleared
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(directory = %directory.display(), %error, "can't be removed");
    }
}

fn token_file(directory: &Path) -> PathBuf {
    directory.join("join-token")
}

/// Writes `token` where only this user reads it.
fn keep_token(directory: &Path, token: &JoinToken) -> io::Result<()> {
    let path = token_file(directory);
    match fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(token.reveal().as_bytes())
}

fn output(log: &Path) -> io::Result<fs::File> {
    fs::File::options().create(true).append(true).open(log)
}

fn program(program: PathBuf, source: io::Error) -> LaunchError {
    LaunchError::Program { program, source }
}
