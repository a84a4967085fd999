//! The whole of Ringway on this machine: nodes and Envoy, as real processes.

mod agreement;
mod directory;
mod edge;
mod error;
mod haproxy_edge;
mod host;
mod join_token;
mod launcher;
mod login;
mod node;
mod nodes;
mod options;
mod placement;
mod ports;
mod probe;
mod process;
mod ring_change;
mod secret;

use std::path::PathBuf;
use std::slice;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::HeaderMap;
use ringway_ring::NodeId;

use crate::artifacts::Artifacts;
use crate::group::Group;
use crate::wait;
use directory::Directory;
use probe::Probe;

pub use edge::Edge;
pub use error::StackError;
pub use haproxy_edge::HaproxyEdge;
pub use host::Host;
pub use launcher::Launcher;
pub use node::Node;
pub use options::{Ports, StackOptions};
pub use ports::{NoFreePort, PortBlock};
pub use process::Process;
pub use ring_change::RingChange;

/// How long a process may take to do what it is there for. Generous: it is waited for
/// as long as this only where something is broken.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often a stack on free ports is tried where a port proved to be taken after all.
const ATTEMPTS: u32 = 5;

/// Nodes and Envoy as real processes. All of them are gone when it is dropped, or when
/// this process is gone, in whichever way.
///
/// ```no_run
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use xtask::stack::{Stack, StackOptions};
///
/// let mut stack = Stack::start(StackOptions::of(5)).await?;
/// let view = stack.view().await?;
/// let key = ringway_ring::Key::new("a")?;
/// let primary = view.route(view.partition(key.position())).next().unwrap().id.clone();
/// stack.kill(&primary);
/// // … what is promised of a key whose primary is dead …
/// stack.restart(&primary).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Stack {
    options: StackOptions,
    artifacts: Artifacts,
    client: Client,
    token: Option<String>,
    nodes: Vec<Node>,
    edge: Option<Edge>,
    haproxy: Option<HaproxyEdge>,
    launcher: Option<Launcher>,
    ports: PortBlock,
    // The last two outlive the processes: fields are dropped in this order.
    group: Group,
    directory: Directory,
}

impl Stack {
    /// Builds what is needed, starts everything, and returns once a key was stored and
    /// read through the edge; without an edge, once every node answers.
    ///
    /// # Errors
    /// When something does not come up. Whatever was started is ended again.
    pub async fn start(options: StackOptions) -> Result<Self, StackError> {
        let mut attempt = 1;
        loop {
            let started = Self::attempt(options.clone()).await;
            let again = options.ports == Ports::Free && attempt < ATTEMPTS;
            match started {
                Err(StackError::PortTaken { .. }) if again => attempt += 1,
                started => return started,
            }
        }
    }

    async fn attempt(options: StackOptions) -> Result<Self, StackError> {
        let mut ports = PortBlock::claim()?;
        let nodes = placement::nodes(&options, &mut ports)?;
        let edge = options.edge.then(|| placement::edge(&options, &mut ports)).transpose()?;
        let haproxy = options.haproxy.then(|| placement::haproxy(&options, &mut ports));
        let haproxy = haproxy.transpose()?;
        let launcher = options.launcher.then(|| placement::launcher(&options, &mut ports));
        let launcher = launcher.transpose()?;
        // Nobody waits for a build to learn that a port is taken.
        let artifacts = Artifacts::get(options.profile, options.edge).await?;
        let directory = Directory::open(options.directory.as_deref())?;
        let group = Group::new()
            .map_err(|source| StackError::Spawn { name: "a shell".to_owned(), source })?;
        let client = client(HeaderMap::new());
        let mut stack = Self {
            options,
            artifacts,
            client,
            token: None,
            nodes,
            edge,
            haproxy,
            launcher,
            ports,
            group,
            directory,
        };
        let ids = stack.ids();
        // Before the nodes: those that it ran the last time may be needed to decide anything.
        if stack.launcher.is_some() {
            stack.start_launcher().await?;
        }
        // Whoever joins needs somebody to join.
        let (first, others) = ids.split_first().unwrap_or_else(|| unreachable!("no nodes"));
        stack.start_nodes(slice::from_ref(first)).await?;
        stack.log_in(first).await?;
        stack.start_nodes(others).await?;
        // Before the first change: with one copy of each value it is made in steps like any other.
        if let Some(moving_max) = stack.options.moving_max {
            stack.set_moving_max(moving_max).await?;
        }
        stack.change(&RingChange::adding(others)).await?;
        if stack.edge.is_some() {
            stack.start_envoy().await?;
        }
        if stack.haproxy.is_some() {
            stack.start_haproxy().await?;
        }
        Ok(stack)
    }

    /// The nodes, in the order in which they were named.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node called `id`, which must be one of the stack's.
    #[must_use]
    pub fn node(&self, id: &NodeId) -> &Node {
        let found = self.nodes.iter().find(|node| node.id() == id);
        found.unwrap_or_else(|| unreachable!("the stack has no node {id}"))
    }

    /// Envoy, which the stack must have been started with.
    #[must_use]
    pub fn edge(&self) -> &Edge {
        self.edge.as_ref().unwrap_or_else(|| unreachable!("the stack has no edge"))
    }

    /// Envoy, where the stack was started with it.
    #[must_use]
    pub fn envoy_if_any(&self) -> Option<&Edge> {
        self.edge.as_ref()
    }

    /// The launcher, which the stack must have been started with.
    #[must_use]
    pub fn launcher(&self) -> &Launcher {
        self.launcher.as_ref().unwrap_or_else(|| unreachable!("the stack has no launcher"))
    }

    /// Where the launcher keeps its nodes' data and logs.
    #[must_use]
    pub fn launched(&self) -> PathBuf {
        self.directory.path().join("launched")
    }

    /// The `ringway` program that it runs.
    #[must_use]
    pub fn program(&self) -> &std::path::Path {
        &self.artifacts.node
    }

    /// The file with the first admin's password, where clients need tokens.
    #[must_use]
    pub fn admin_password(&self) -> Option<&std::path::Path> {
        self.options.admin_password.as_deref()
    }

    /// The first admin's token, where clients need one.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// Where the stack keeps data and logs.
    #[must_use]
    pub fn directory(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// The processes that have ended by themselves since the last time this was asked,
    /// each with its last words. They are not started again.
    pub fn take_ended(&mut self) -> Vec<StackError> {
        let nodes = self.nodes.iter_mut().map(|node| &mut node.process);
        let envoy = self.edge.iter_mut().map(|edge| &mut edge.process);
        let haproxy = self.haproxy.iter_mut();
        let haproxy = haproxy.flat_map(|edge| [&mut edge.process, &mut edge.sync]);
        let launcher = self.launcher.iter_mut().map(|launcher| &mut launcher.process);
        let processes = nodes.chain(envoy).chain(haproxy).chain(launcher);
        let mut ended = Vec::new();
        for slot in processes {
            if let Some(Err(error)) = slot.as_mut().map(StackError::if_ended) {
                ended.push(error);
                *slot = None;
            }
        }
        ended
    }

    /// Asks every process to end, waits for those that do so in time, and kills the
    /// others.
    pub async fn shut_down(mut self) {
        let nodes = self.nodes.iter_mut().map(|node| &mut node.process);
        let edge = self.edge.iter_mut().map(|edge| &mut edge.process);
        let haproxy = self.haproxy.iter_mut();
        let haproxy = haproxy.flat_map(|edge| [&mut edge.process, &mut edge.sync]);
        // The edges first: they must not send requests to nodes that are on their way out.
        let launcher = self.launcher.iter_mut().map(|launcher| &mut launcher.process);
        let processes = edge.chain(haproxy).chain(launcher).chain(nodes);
        let mut processes: Vec<_> = processes.filter_map(Option::as_mut).collect();
        for process in &mut processes {
            process.signal("TERM");
        }
        let grace = Duration::from_secs(10);
        wait::until(grace, async || processes.iter_mut().all(|one| one.exited().is_some())).await;
    }

    /// How edges are asked whether they are ready.
    fn probe(&self) -> Probe {
        match &self.options.edge_tls {
            None => Probe::Plain(self.client.clone()),
            Some(certificates) => Probe::Tls(certificates.join("ca.pem"), self.token.clone()),
        }
    }

    fn ids(&self) -> Vec<NodeId> {
        self.nodes.iter().map(|node| node.id().clone()).collect()
    }
}

/// What became of a process that was waited for.
fn judge(
    state: Result<(), StackError>,
    ready: bool,
    process: Option<&mut Process>,
    what: &'static str,
    port: u16,
) -> Result<(), StackError> {
    match (state, process) {
        // It ended, and somebody listens where it should: that is why.
        (Err(StackError::Ended { name, .. }), _) if !ports::is_free(port) => {
            Err(StackError::PortTaken { name, port })
        }
        (Err(error), _) => Err(error),
        (Ok(()), Some(process)) if !ready => Err(StackError::NotReady {
            name: process.name().to_owned(),
            what,
            seconds: PATIENCE.as_secs(),
            log: process.log_tail(),
        }),
        (Ok(()), _) => Ok(()),
    }
}

/// A client for conversations with the stack itself, with a connection and these headers for each
/// request.
fn client(headers: HeaderMap) -> Client {
    let client = Client::builder().no_proxy().pool_max_idle_per_host(0).default_headers(headers);
    let client = client.timeout(Duration::from_secs(5)).build();
    client.unwrap_or_else(|error| unreachable!("neither TLS nor a resolver is asked for: {error}"))
}
