//! The whole of Ringway on this machine: nodes and Envoy, as real processes.

mod directory;
mod edge;
mod error;
mod haproxy_edge;
mod host;
mod join_token;
mod launcher;
mod login;
mod node;
mod options;
mod placement;
mod ports;
mod probe;
mod process;
mod ring_change;
mod secret;

use std::fs;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::Command;
use std::slice;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::HeaderMap;
use ringway_ring::{Member, NodeId, View};
use serde_json::{Value, json};

use crate::artifacts::Artifacts;
use crate::envoy_config::{Local, tls_configuration};
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
/// How long a ring may take to change. Generous as well: eight nodes may share two cores.
const SETTLING: Duration = Duration::from_mins(5);

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
        stack.change(&RingChange::adding(others)).await?;
        if let Some(moving_max) = stack.options.moving_max {
            stack.set_moving_max(moving_max).await?;
        }
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

    /// The view that all nodes agree on. A new one takes a moment to reach them all.
    ///
    /// # Errors
    /// When one does not answer, or goes on to answer otherwise than another.
    pub async fn view(&self) -> Result<View, StackError> {
        let mut view = self.agreed_view().await;
        wait::until(PATIENCE, async || {
            if matches!(view, Err(StackError::ViewsDiffer { .. })) {
                view = self.agreed_view().await;
            }
            !matches!(view, Err(StackError::ViewsDiffer { .. }))
        })
        .await;
        view
    }

    async fn agreed_view(&self) -> Result<View, StackError> {
        let mut agreed: Option<(&NodeId, View)> = None;
        for node in &self.nodes {
            let view = self.view_of(node).await?;
            match &agreed {
                Some((id, other)) if *other != view => {
                    let (one, other) = ((*id).clone(), node.id().clone());
                    return Err(StackError::ViewsDiffer { one, other });
                }
                _ => agreed = Some((node.id(), view)),
            }
        }
        let (_, view) = agreed.unwrap_or_else(|| unreachable!("a stack has nodes"));
        Ok(view)
    }

    async fn view_of(&self, node: &Node) -> Result<View, StackError> {
        let fetch = async || {
            let answer = self.client.get(format!("{}/ring", node.admin_url())).send().await?;
            answer.error_for_status()?.bytes().await
        };
        let no_view = |source| StackError::NoView { id: node.id().clone(), source };
        let json = fetch().await.map_err(no_view)?;
        View::from_json(&json)
            .map_err(|source| StackError::BadView { id: node.id().clone(), source })
    }

    /// Kills the node called `id` with SIGKILL. It is gone when this returns.
    pub fn kill(&mut self, id: &NodeId) {
        // Dropping it does that.
        drop(self.node_mut(id).process.take());
    }

    /// Sends `signal`, by its name without "SIG", to the node called `id`.
    pub fn signal(&mut self, id: &NodeId, signal: &str) {
        if let Some(process) = &mut self.node_mut(id).process {
            process.signal(signal);
        }
    }

    /// Starts the node called `id` again, on its data and its port, and returns once it
    /// answers. Kills it before, where it runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn restart(&mut self, id: &NodeId) -> Result<(), StackError> {
        self.start_nodes(slice::from_ref(id)).await
    }

    /// Starts `members` as new nodes, on ports of their own. They have joined when this
    /// returns, and hold nothing before a [`change`](Self::change) adds them.
    ///
    /// # Errors
    /// When one does not come up.
    pub async fn join(&mut self, members: Vec<Member>) -> Result<(), StackError> {
        let ids: Vec<_> = members.iter().map(|member| member.id.clone()).collect();
        for member in members {
            self.nodes.push(placement::anywhere(member, Host::default(), &mut self.ports)?);
        }
        self.start_nodes(&ids).await
    }

    /// Changes the ring, and returns once every node that runs knows that it is done.
    ///
    /// # Errors
    /// When the nodes refuse, or it takes too long.
    pub async fn change(&self, change: &RingChange) -> Result<(), StackError> {
        self.begin_change(change).await?;
        self.settle().await
    }

    /// Asks for a change of the ring, and returns once that is agreed on.
    ///
    /// # Errors
    /// When the nodes refuse.
    pub async fn begin_change(&self, change: &RingChange) -> Result<(), StackError> {
        self.agree("/ring/change", &change.body()).await
    }

    /// How many partitions may move at once.
    ///
    /// # Errors
    /// When the first node doesn't say.
    pub async fn moving_max(&self) -> Result<NonZeroU16, StackError> {
        ring_change::moving_max(self, &self.client).await
    }

    /// Lets as many partitions move at once.
    ///
    /// # Errors
    /// When the nodes refuse.
    pub async fn set_moving_max(&self, moving_max: NonZeroU16) -> Result<(), StackError> {
        self.agree("/ring/settings", &json!({ "moving_max": moving_max })).await
    }

    /// Has the nodes agree on `body`, which is posted to `path`.
    async fn agree(&self, path: &str, body: &Value) -> Result<(), StackError> {
        let mut refused = None;
        let asked = async || ring_change::post(self, &self.client, path, body).await;
        let agreed = wait::until(PATIENCE, async || match asked().await {
            Ok(()) => true,
            Err(refusal) => {
                let is_final = refusal.is_final;
                refused = Some(refusal);
                is_final
            }
        });
        let agreed = agreed.await;
        match refused {
            Some(refusal) if refusal.is_final || !agreed => {
                Err(StackError::RingChange { answer: refusal.answer })
            }
            _ => Ok(()),
        }
    }

    /// Returns once every node that runs has the same view, in which nothing is on the way and
    /// all of them are up, and as many vote as should.
    ///
    /// # Errors
    /// When that takes too long.
    pub async fn settle(&self) -> Result<(), StackError> {
        let mut state = Ok(());
        let settled = wait::until(SETTLING, async || {
            state = ring_change::settled(self, &self.client).await;
            state.is_ok()
        });
        if settled.await { Ok(()) } else { state }
    }

    /// Ends the node called `id` with SIGKILL, and forgets it.
    pub fn remove(&mut self, id: &NodeId) {
        self.kill(id);
        self.nodes.retain(|node| node.id() != id);
    }

    /// Kills Envoy with SIGKILL. It is gone when this returns.
    pub fn stop_envoy(&mut self) {
        if let Some(edge) = &mut self.edge {
            drop(edge.process.take());
        }
    }

    /// Starts Envoy, and returns once a key was stored and read through it. Kills it
    /// before, where it runs.
    ///
    /// # Errors
    /// When it does not come up.
    pub async fn start_envoy(&mut self) -> Result<(), StackError> {
        let probe = self.probe();
        let (Some(edge), Some(artifacts)) = (&mut self.edge, &self.artifacts.edge) else {
            unreachable!("the stack has no edge")
        };
        drop(edge.process.take());
        let control = match &self.options.control {
            Some(control) => control.clone(),
            None => self.nodes.iter().map(Node::admin_address).collect(),
        };
        let (listener, admin) = (edge.listener, edge.admin);
        let asks_tokens = self.options.admin_password.is_some();
        let filter = &artifacts.filter;
        let failed = |source| StackError::Spawn { name: "envoy".to_owned(), source };
        let tls = self.directory.path().join("envoy-tls.yaml");
        if let Some(certificates) = &self.options.edge_tls {
            fs::write(&tls, tls_configuration(certificates)?).map_err(failed)?;
        }
        let tls = self.options.edge_tls.is_some().then_some(&*tls);
        let local = Local { listener, admin, control: &control, filter, asks_tokens, tls };
        let text = local.configuration()?;
        let configuration = self.directory.path().join("envoy.yaml");
        fs::write(&configuration, text).map_err(failed)?;
        let command = edge.command(&artifacts.envoy, &configuration);
        let log = self.directory.log("envoy");
        let process = Process::spawn("envoy", command, &log, &self.group);
        edge.process = Some(process.map_err(failed)?);
        let mut state = Ok(());
        let ready = wait::until(PATIENCE, async || {
            state = edge.check();
            state.is_err() || edge.serves(&probe).await
        });
        let ready = ready.await;
        judge(state, ready, edge.process.as_mut(), "serve a key", edge.listener.port())
    }

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

    fn node_mut(&mut self, id: &NodeId) -> &mut Node {
        let found = self.nodes.iter_mut().find(|node| node.id() == id);
        found.unwrap_or_else(|| unreachable!("the stack has no node {id}"))
    }

    async fn start_nodes(&mut self, ids: &[NodeId]) -> Result<(), StackError> {
        for id in ids {
            self.kill(id);
            self.give_join_token(id).await?;
            let process = self.spawn_node(self.node(id))?;
            self.node_mut(id).process = Some(process);
        }
        for id in ids {
            self.await_node(id).await?;
        }
        Ok(())
    }

    fn spawn_node(&self, node: &Node) -> Result<Process, StackError> {
        let others = self.nodes.iter().filter(|other| other.pid().is_some());
        let others: Vec<_> = others.map(Node::peer_address).collect();
        let (data, log) = (self.directory.data(node.id()), self.directory.log(node.id().as_str()));
        let secret = self.directory.secret();
        let admin_password = self.options.admin_password.as_deref();
        let binary = &self.artifacts.node;
        let mut command: Command = node.command(binary, &data, &secret, &others, admin_password);
        if let Some(launcher) = &self.launcher {
            command.args(["--launcher", &launcher.url()]);
        }
        if self.options.peer_tls {
            command.args(["--peer-tls", "required"]);
            let token = self.directory.join_token(node.id());
            if token.exists() {
                command.arg("--join-token-file").arg(token);
            }
        }
        command.args(&self.options.node_arguments);
        let name = node.id().as_str();
        Process::spawn(name, command, &log, &self.group)
            .map_err(|source| StackError::Spawn { name: name.to_owned(), source })
    }

    async fn await_node(&mut self, id: &NodeId) -> Result<(), StackError> {
        let client = self.client.clone();
        let node = self.node_mut(id);
        let mut state = Ok(());
        let ready = wait::until(PATIENCE, async || {
            state = node.check();
            state.is_err() || node.is_alive(&client).await
        });
        let ready = ready.await;
        let port = node.port;
        judge(state, ready, node.process.as_mut(), "answer", port)
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
