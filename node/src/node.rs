//! What the handlers of one node share.

use std::net::SocketAddr;
use std::sync::Arc;

use http::HeaderValue;
use metrics_exporter_prometheus::{BuildError, PrometheusHandle};
use ringway_ring::{Key, NodeId, ViewNode};
use thiserror::Error;
use tokio::sync::Semaphore;

use crate::config::{Config, ConfigError};
use crate::limits::Limits;
use crate::metrics::{HttpMetrics, Registry};
use crate::other_nodes::OtherNodes;
use crate::refusal::Refusal;
use crate::store::{OpenStoreError, Store, StoreMetrics};
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
    pub store: Store,
    /// Whom it asks for what it doesn't keep.
    pub(crate) other_nodes: OtherNodes,
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
    /// Opens the store and makes all that a node needs to answer at `address`. Blocks.
    ///
    /// # Errors
    /// When the store doesn't open.
    pub fn open(config: &Config, address: SocketAddr) -> Result<Self, OpenNodeError> {
        let registry = Registry::new(config.id.as_str())?;
        let metrics = registry.handle();
        let holder = format!("node {} (process {})", config.id, std::process::id());
        let store = Store::open(
            &config.data_directory,
            &holder,
            config.durability,
            StoreMetrics::new(&registry),
        )?;
        let limits = config.limits.clone();
        Ok(Self {
            id_header: HeaderValue::from_str(config.id.as_str())
                .unwrap_or_else(|error| unreachable!("a node id is a header's value: {error}")),
            id: config.id.clone(),
            views: ViewWatch::new(config.first_view(address)?),
            store,
            other_nodes: OtherNodes::new(),
            http_metrics: HttpMetrics::new(registry),
            metrics,
            requests: Semaphore::new(limits.requests_in_flight_max),
            polls: Semaphore::new(limits.waiting_polls_max),
            body_budget: Arc::new(Semaphore::new(limits.body_budget())),
            limits,
        })
    }

    /// Whether this node stores `key`, as far as `view` says.
    ///
    /// # Errors
    /// [`Refusal::NotTheOwner`], with the owner.
    pub fn check_owner(&self, view: &PublishedView, key: &Key<'_>) -> Result<(), Refusal> {
        match primary(view, key) {
            Some(owner) if owner.id == self.id => Ok(()),
            Some(owner) => {
                Err(Refusal::NotTheOwner { owner: owner.id.clone(), address: owner.address })
            }
            None => unreachable!("a view has nodes, and each partition a primary"),
        }
    }
}

/// The node that stores `key`.
fn primary<'v>(published: &'v PublishedView, key: &Key<'_>) -> Option<&'v ViewNode> {
    let partition = published.view.partition(key.position());
    published.view.preference_list(partition).next()
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
