//! What the handlers of one node share.

use std::net::SocketAddr;
use std::sync::Arc;

use http::HeaderValue;
use metrics_exporter_prometheus::{BuildError, PrometheusHandle};
use ringway_ring::NodeId;
use thiserror::Error;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::cluster_id::ClusterId;
use crate::config::{Config, ConfigError};
use crate::limits::Limits;
use crate::metrics::{HttpMetrics, Registry};
use crate::peering::Peering;
use crate::peers::{Identity, PeerLimits, PeerMetrics, Peers};
use crate::replication::{Replication, ReplicationMetrics, SHARDS};
use crate::store::{Completed, OpenStoreError, Store, StoreMetrics};
use crate::view_watch::{PublishedView, ViewWatch};

/// A node, apart from its sockets.
pub struct Node {
    /// Its name.
    pub id: NodeId,
    /// Its name as `x-ringway-node` has it.
    pub id_header: HeaderValue,
    /// The ring as it knows it.
    pub views: ViewWatch,
    /// What it keeps.
    pub store: Arc<Store>,
    /// The other nodes; nothing where there are none.
    pub(crate) peers: Option<Arc<Peers>>,
    /// Its part in the replication of all keys.
    pub replication: Arc<Replication>,
    pub(crate) replication_metrics: ReplicationMetrics,
    /// What it counts of its requests.
    pub http_metrics: HttpMetrics,
    /// All that it counts.
    pub metrics: PrometheusHandle,
    /// How much it takes.
    pub limits: Limits,
    /// A place for each request at work.
    pub requests: Semaphore,
    /// A place for each long poll that waits.
    pub polls: Semaphore,
    /// A permit for each byte of a large value in memory.
    pub body_budget: Arc<Semaphore>,
}

impl Node {
    /// Opens the store and makes all that a node needs to answer at `address`, but for what
    /// the store has to say: [`Replication::run`] must hear that. Blocks.
    ///
    /// # Errors
    /// When the store doesn't open.
    pub fn open(
        config: &Config,
        address: SocketAddr,
    ) -> Result<(Self, UnboundedReceiver<Vec<Completed>>), OpenNodeError> {
        let registry = Registry::new(config.id.as_str())?;
        let metrics = registry.handle();
        let holder = format!("node {} (process {})", config.id, std::process::id());
        let view = PublishedView::new(config.first_view(address)?);
        let (report, completed) = unbounded_channel();
        let store = Arc::new(Store::open(
            &config.data_directory,
            &holder,
            config.durability,
            view.view.assignment().partitions(),
            StoreMetrics::new(&registry),
            report,
        )?);
        let limits = config.limits.clone();
        let peers = config.peering.as_ref().map(|peering| {
            let limits = PeerLimits::for_values(limits.value_bytes_max);
            let metrics = PeerMetrics::new(&registry);
            let identity = identity(config, peering, &view, &store);
            let peers = Peers::new(identity, limits, metrics);
            peers.set_members(peering.others.clone());
            Arc::new(peers)
        });
        let (number, shared) = (config.number(), Arc::clone(&store));
        let node = Self {
            id_header: HeaderValue::from_str(config.id.as_str())
                .unwrap_or_else(|error| unreachable!("a node id is a header's value: {error}")),
            id: config.id.clone(),
            replication: Arc::new(Replication::new(number, &view.view, shared, peers.clone())),
            views: ViewWatch::new(view),
            store,
            peers,
            replication_metrics: ReplicationMetrics::new(&registry),
            http_metrics: HttpMetrics::new(registry),
            metrics,
            requests: Semaphore::new(limits.requests_in_flight_max),
            polls: Semaphore::new(limits.waiting_polls_max),
            body_budget: Arc::new(Semaphore::new(limits.body_budget())),
            limits,
        };
        Ok((node, completed))
    }
}

/// What the node that `config` describes says of itself to others.
fn identity(config: &Config, peering: &Peering, view: &PublishedView, store: &Store) -> Identity {
    Identity {
        number: config.number(),
        id: config.id.clone(),
        incarnation: store.incarnation(),
        disk: store.disk_id(),
        cluster: peering.cluster.clone(),
        cluster_id: ClusterId::of_members(&peering.cluster, &view.tag).into(),
        secret: peering.secret.clone(),
        shards: u8::try_from(SHARDS)
            .unwrap_or_else(|_| unreachable!("there are a handful of shards")),
    }
}

/// Why a node did not come up.
#[derive(Debug, Error)]
pub enum OpenNodeError {
    /// The store did not open.
    #[error(transparent)]
    Store(#[from] OpenStoreError),
    /// The view could not be made.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The metrics were refused.
    #[error("the metrics could not be set up: {0}")]
    Metrics(#[from] BuildError),
}
