//! How a node comes up: its data, its cluster, then all that works in the background.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::auth_set_up::set_up_auth;
use crate::cluster_ca::ClusterCa;
use crate::cluster_watch::ClusterWatch;
use crate::config::{Config, Start};
use crate::coordinator::{Coordinator, Farewells};
use crate::desk::Desk;
use crate::follower;
use crate::host_port::HostPort;
use crate::inbox::NodeInbox;
use crate::membership::{
    Bootstrap, Cluster, Consensus, ConsensusMetrics, MemberRecord, MemberState, Membership,
    Newcomer, Settings,
};
use crate::metrics::Registry;
use crate::node::{Node, Parts};
use crate::open_node_error::OpenNodeError;
use crate::peer_carrier::PeerCarrier;
use crate::peers::{
    Identity, JoinRequest, PeerLimits, PeerMetrics, PeerTls, PeerTlsError, Peers, Secret,
    TlsMetrics, clusters_at, join,
};
use crate::replication::SHARDS;
use crate::store::{Completed, Store, StoreMetrics};
use crate::{ClusterId, DiskId};

/// How long a node tries to join. The others may be starting too.
const JOIN_PATIENCE: Duration = Duration::from_mins(1);
/// How long those that `--join` names may take to say of which cluster they are, to a node that is
/// in one. Short: it waits so long where one of them is away without a trace.
const NAMED_PATIENCE: Duration = Duration::from_secs(2);
/// How long a node that has joined may wait to be told what it has joined.
const NEWS_PATIENCE: Duration = Duration::from_secs(30);

/// A node that is up, and what works for it; that ends when this is dropped.
pub struct OpenNode {
    /// The node.
    pub node: Arc<Node>,
    pub(crate) consensus: Arc<Consensus>,
    pub(crate) tasks: JoinSet<()>,
}

/// Where a node listens.
pub struct Listening {
    /// For clients and the edge.
    pub client: SocketAddr,
    /// For the other nodes, if it has a secret.
    pub peer: Option<TcpListener>,
}

/// What there is before the node knows its cluster.
struct Opening {
    config: Config,
    registry: Registry,
    store: Arc<Store>,
    consensus: Arc<Consensus>,
    peers: Option<Arc<Peers>>,
    /// Its certificates; nothing where the nodes don't speak TLS with each other.
    tls: Option<Arc<PeerTls>>,
    inbox: Arc<NodeInbox>,
    client: SocketAddr,
    peer: SocketAddr,
    tasks: JoinSet<()>,
}

impl OpenNode {
    /// Opens the data and comes to the cluster as `config` says. Returns once the node knows
    /// what it holds.
    ///
    /// # Errors
    /// When the data can't be opened, or the node doesn't come to its cluster.
    pub async fn open(config: Config, listening: Listening) -> Result<Self, OpenNodeError> {
        let (opening, completed) = Opening::begin(config, listening).await?;
        let membership = opening.come_to_cluster().await?;
        set_up_auth(&opening.config, &membership).await?;
        Ok(opening.finish(membership, completed))
    }
}

impl Opening {
    async fn begin(
        config: Config,
        Listening { client, peer: listener }: Listening,
    ) -> Result<(Self, UnboundedReceiver<Vec<Completed>>), OpenNodeError> {
        let registry = Registry::new(config.id.as_str())?;
        let (store, completed) = open_store(&config, &registry).await?;
        let peer = match &listener {
            Some(listener) => listener.local_addr().map_err(OpenNodeError::PeerListener)?,
            None => SocketAddr::new(config.advertise, config.peer_port),
        };
        let tls = match config.peer_tls {
            Some(lifetime) => {
                let (id, metrics) = (config.id.clone(), TlsMetrics::new(&registry));
                Some(Arc::new(PeerTls::new(id, lifetime.get(), metrics)?))
            }
            None => None,
        };
        let peers = config.secret.as_ref().map(|secret| {
            let limits = PeerLimits::for_values(config.limits.value_bytes_max);
            let metrics = PeerMetrics::new(&registry);
            let identity = identity(&config, &store, secret.clone(), tls.clone());
            Arc::new(Peers::new(identity, limits, metrics))
        });
        let carrier = Arc::new(PeerCarrier(peers.clone()));
        let consensus = Consensus::open(config.number(), &store, carrier).await?;
        let inbox = Arc::new(NodeInbox::new(Arc::clone(&consensus)));
        let mut tasks = JoinSet::new();
        let counted = ConsensusMetrics::new(&registry);
        let running = Arc::clone(&consensus);
        tasks.spawn(async move { running.run(counted).await });
        if let (Some(peers), Some(listener)) = (&peers, listener) {
            let desk = Arc::new(Desk(Arc::clone(&consensus)));
            tasks.spawn(Arc::clone(peers).run(listener, Arc::clone(&inbox) as _, desk));
        }
        let advertised = |address: SocketAddr| SocketAddr::new(config.advertise, address.port());
        let (client, peer) = (advertised(client), advertised(peer));
        let opening =
            Self { config, registry, store, consensus, peers, tls, inbox, client, peer, tasks };
        Ok((opening, completed))
    }

    /// The cluster that this node is in, or comes to be in.
    async fn come_to_cluster(&self) -> Result<Membership, OpenNodeError> {
        if !self.consensus.is_new().await {
            match timeout(NEWS_PATIENCE, self.consensus.membership()).await {
                Ok(membership) => return self.resume(membership).await,
                // What was begun and cut short by a crash is finished.
                Err(_) if matches!(self.config.start, Start::Bootstrap { .. }) => {}
                Err(_) => return Err(OpenNodeError::NoNews { patience: NEWS_PATIENCE }),
            }
        }
        match self.config.start.clone() {
            Start::Bootstrap { partitions, replication_factor } => {
                let id = ClusterId::random().map_err(OpenNodeError::Randomness)?;
                let (settings, first) = (Settings::default(), self.newcomer());
                let bootstrap = Bootstrap { id, partitions, replication_factor, settings, first };
                let secret = self.config.secret.as_ref().filter(|_| self.tls.is_some());
                let ca = secret.map(|secret| ClusterCa::draw(secret, id)).transpose();
                let ca = ca.map_err(PeerTlsError::from)?;
                self.consensus.bootstrap(bootstrap, ca).await?;
            }
            Start::Join(addresses) => {
                let Some((secret, peers)) = self.config.secret.as_ref().zip(self.peers.as_ref())
                else {
                    unreachable!("a configuration that joins has a secret")
                };
                let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
                let known = (secret, self.tls.as_deref());
                let joined = join(&addresses, known, &self.request(), JOIN_PATIENCE).await?;
                self.know_others(joined.cluster, joined.ca.as_ref())?;
                peers.set_cluster_id(joined.cluster);
                peers.set_members(joined.members);
            }
            Start::Resume => return Err(OpenNodeError::NewDirectory),
        }
        let membership = timeout(NEWS_PATIENCE, self.consensus.membership()).await;
        let no_news = |_| OpenNodeError::NoNews { patience: NEWS_PATIENCE };
        let membership = membership.map_err(no_news)?;
        self.set_cluster(&membership.present())?;
        Ok(membership)
    }

    /// Goes on where the node stopped.
    async fn resume(&self, membership: Membership) -> Result<Membership, OpenNodeError> {
        let cluster = membership.present();
        if matches!(self.config.start, Start::Bootstrap { .. }) {
            return Err(OpenNodeError::AlreadyMember { cluster: cluster.id() });
        }
        if let Start::Join(addresses) = &self.config.start {
            self.check_named(addresses, cluster.id()).await?;
        }
        let disk = self.store.disk_id();
        let is_this = |record: &MemberRecord| record.disk == disk;
        if let Some((owner, _)) = cluster.members().iter().find(|(_, record)| is_this(record))
            && *owner != self.config.id
        {
            let (owner, asked) = (owner.clone(), self.config.id.clone());
            return Err(OpenNodeError::OtherNode { owner, asked });
        }
        let me = cluster.members().get(&self.config.id).filter(|member| is_this(member));
        if me.is_some_and(|member| member.state == MemberState::Retired) {
            return Err(OpenNodeError::Retired { id: self.config.id.clone() });
        }
        self.set_cluster(&cluster)?;
        Ok(membership)
    }

    /// That the nodes which `--join` names are of this node's cluster, as far as they say of which
    /// they are. It may name some that are not there any more, or that start just now: a node starts
    /// again with what it was started with at first, whoever else is there.
    async fn check_named(
        &self,
        addresses: &[HostPort],
        ours: ClusterId,
    ) -> Result<(), OpenNodeError> {
        let Some(secret) = &self.config.secret else { return Ok(()) };
        let addresses: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        let known = (secret, self.tls.as_deref());
        let found = clusters_at(&addresses, known, NAMED_PATIENCE).await;
        // Where one is of it, the others have an address that was another's before.
        if found.iter().any(|&(_, cluster)| cluster == ours) {
            return Ok(());
        }
        match found.into_iter().next() {
            Some((at, theirs)) => Err(OpenNodeError::OtherCluster { at, theirs, ours }),
            None => Ok(()),
        }
    }

    fn set_cluster(&self, cluster: &Cluster) -> Result<(), OpenNodeError> {
        self.know_others(cluster.id(), cluster.ca())?;
        if let Some(peers) = &self.peers {
            peers.set_cluster_id(cluster.id());
            follower::set_members(peers, cluster);
        }
        Ok(())
    }

    /// By what this node knows the others from now on, and they know it.
    fn know_others(&self, id: ClusterId, ca: Option<&ClusterCa>) -> Result<(), OpenNodeError> {
        match (&self.tls, ca, &self.config.secret) {
            (None, None, _) => {}
            (Some(tls), Some(ca), Some(secret)) => {
                if !tls.knows_authority() {
                    let authority = ca.open(secret, id).map_err(PeerTlsError::from)?;
                    tls.trust(authority)?;
                }
            }
            (Some(_), ..) => return Err(OpenNodeError::ClusterWithoutTls),
            (None, Some(_), _) => return Err(OpenNodeError::ClusterWithTls),
        }
        Ok(())
    }

    /// Everything that works for the node from here on.
    fn finish(
        self,
        membership: Membership,
        completed: UnboundedReceiver<Vec<Completed>>,
    ) -> OpenNode {
        let newcomer = self.newcomer();
        let Self { config, registry, store, consensus, peers, tls, inbox, mut tasks, .. } = self;
        if let Some(tls) = tls {
            spawn_endless(&mut tasks, tls.renew());
        }
        let clusters = Arc::new(ClusterWatch::new(membership.present()));
        let parts = Parts {
            registry,
            store,
            peers: peers.clone(),
            membership: membership.clone(),
            clusters: Arc::clone(&clusters),
        };
        let node = Arc::new(Node::new(&config, parts));
        let replication = Arc::clone(&node.replication);
        inbox.serve(Arc::clone(&clusters), Arc::clone(&replication), Arc::clone(&node.ending));
        tasks.spawn(Arc::clone(&replication).run(completed));
        tasks.spawn(follower::hear_consensus(membership.clone(), clusters));
        spawn_endless(&mut tasks, follower::ask_who_knows_more(Arc::clone(&node)));
        spawn_endless(&mut tasks, follower::follow(Arc::clone(&node)));
        tasks.spawn(follower::tell_addresses(Arc::clone(&node), newcomer));
        let me = config.number();
        let farewells =
            Farewells::new(me, membership.clone(), peers.clone(), node.launcher.clone());
        let coordinator = Coordinator { me, membership, peers, replication, farewells };
        spawn_endless(&mut tasks, coordinator.run());
        OpenNode { node, consensus, tasks }
    }

    /// This node, as the cluster is to know it.
    fn newcomer(&self) -> Newcomer {
        let Config { id, zone, weight, .. } = self.config.clone();
        let (client, peer, disk) = (self.client, self.peer, self.disk());
        Newcomer { id, client, peer, zone, weight, disk }
    }

    fn request(&self) -> JoinRequest {
        let Newcomer { id, client, peer, zone, weight, disk } = self.newcomer();
        let cluster = self.config.cluster.clone();
        let token = self.config.join_token.clone();
        JoinRequest { cluster, id, disk, client, peer, zone, weight, shards: shards(), token }
    }

    fn disk(&self) -> DiskId {
        self.store.disk_id()
    }
}

fn spawn_endless(
    tasks: &mut JoinSet<()>,
    task: impl Future<Output = std::convert::Infallible> + Send + 'static,
) {
    tasks.spawn(async { match task.await {} });
}

async fn open_store(
    config: &Config,
    registry: &Registry,
) -> Result<(Arc<Store>, UnboundedReceiver<Vec<Completed>>), OpenNodeError> {
    let holder = format!("node {} (process {})", config.id, std::process::id());
    let (report, completed) = unbounded_channel();
    let (directory, durability) = (config.data_directory.clone(), config.durability);
    let metrics = StoreMetrics::new(registry);
    let open = move || Store::open(&directory, &holder, durability, metrics, report);
    let opened = tokio::task::spawn_blocking(open).await.map_err(OpenNodeError::Task)?;
    Ok((Arc::new(opened?), completed))
}

/// What the node that `config` describes says of itself to others.
fn identity(config: &Config, store: &Store, secret: Secret, tls: Option<Arc<PeerTls>>) -> Identity {
    Identity {
        number: config.number(),
        id: config.id.clone(),
        incarnation: store.incarnation(),
        disk: store.disk_id(),
        cluster: config.cluster.clone(),
        cluster_id: OnceLock::new(),
        secret,
        tls,
        shards: shards(),
    }
}

fn shards() -> u8 {
    u8::try_from(SHARDS).unwrap_or_else(|_| unreachable!("there are a handful of shards"))
}
