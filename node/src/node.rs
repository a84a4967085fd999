//! What the handlers of one node share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::HeaderValue;
use metrics_exporter_prometheus::PrometheusHandle;
use parking_lot::Mutex;
use ringway_ring::NodeId;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::access::{Gate, unix_seconds};
use crate::agreed::Agreed;
use crate::change_pace::ChangePace;
use crate::cluster_watch::ClusterWatch;
use crate::config::Config;
use crate::ending::Ending;
use crate::join_token::JoinToken;
use crate::launcher::LauncherClient;
use crate::limits::Limits;
use crate::membership::{Command, Membership, ProposeError};
use crate::metrics::{HttpMetrics, Registry, RingMetrics};
use crate::peers::Peers;
use crate::places::Places;
use crate::replication::{Replication, ReplicationMetrics};
use crate::store::Store;
use crate::survey;
use crate::view_watch::{PublishedView, ViewWatch};

/// How long this node may take to hear of what it has proposed, once that is agreed on.
const NEWS_PATIENCE: Duration = Duration::from_secs(1);

/// A node, apart from its sockets.
pub struct Node {
    /// Its name.
    pub id: NodeId,
    /// Its name as `x-ringway-node` has it.
    pub id_header: HeaderValue,
    /// The ring as it knows it.
    pub views: ViewWatch,
    /// What the nodes agree on, as far as it knows.
    pub(crate) clusters: Arc<ClusterWatch>,
    /// How fast a change of the ring goes.
    pub(crate) pace: Mutex<ChangePace>,
    /// How they agree.
    pub(crate) membership: Membership,
    /// What it keeps.
    pub store: Arc<Store>,
    /// The other nodes; nothing where it is to stay alone.
    pub(crate) peers: Option<Arc<Peers>>,
    /// Who is let in; nothing where everybody is.
    pub(crate) gate: Option<Gate>,
    /// Who starts and stops servers; nothing where it was told of nobody.
    pub(crate) launcher: Option<LauncherClient>,
    pub(crate) ending: Arc<Ending>,
    /// Its part in the replication of all keys.
    pub replication: Arc<Replication>,
    pub(crate) replication_metrics: ReplicationMetrics,
    pub(crate) ring_metrics: RingMetrics,
    /// What it counts of its requests.
    pub http_metrics: HttpMetrics,
    /// All that it counts.
    pub metrics: PrometheusHandle,
    /// How much it takes.
    pub limits: Limits,
    /// Room for requests at work.
    pub(crate) places: Places,
    /// A permit for each byte of a large value in memory.
    pub body_budget: Arc<Semaphore>,
}

/// What a node is made of, once it knows its cluster.
pub(crate) struct Parts {
    pub(crate) registry: Registry,
    pub(crate) store: Arc<Store>,
    pub(crate) peers: Option<Arc<Peers>>,
    pub(crate) membership: Membership,
    pub(crate) clusters: Arc<ClusterWatch>,
}

impl Node {
    /// The node that `config` describes.
    pub(crate) fn new(config: &Config, parts: Parts) -> Self {
        let Parts { registry, store, peers, membership, clusters } = parts;
        let (cluster, shared) = (clusters.present(), Arc::clone(&store));
        let replication = Replication::new(config.number(), &cluster, shared, peers.clone());
        let limits = config.limits.clone();
        Self {
            id_header: HeaderValue::from_str(config.id.as_str())
                .unwrap_or_else(|error| unreachable!("a node id is a header's value: {error}")),
            id: config.id.clone(),
            views: ViewWatch::new(PublishedView::new(cluster.view())),
            gate: config
                .auth
                .is_required()
                .then(|| Gate::new(Arc::clone(&clusters), config.signing_seal(cluster.id()))),
            clusters,
            membership,
            store,
            peers,
            launcher: config.launcher_client(),
            ending: Arc::default(),
            replication: Arc::new(replication),
            replication_metrics: ReplicationMetrics::new(&registry),
            ring_metrics: RingMetrics::new(&registry),
            pace: Mutex::default(),
            metrics: registry.handle(),
            http_metrics: HttpMetrics::new(registry),
            places: Places::new(&limits),
            body_budget: Arc::new(Semaphore::new(limits.body_budget())),
            limits,
        }
    }

    /// Has the cluster do `command`, and returns once all nodes that can be reached know that it
    /// has, or after a while.
    ///
    /// # Errors
    /// When it is refused, nobody leads, or the outcome is not known.
    pub(crate) async fn agree(&self, command: Command) -> Result<Agreed, ProposeError> {
        let epoch = self.membership.propose(command).await?;
        let mut clusters = self.clusters.subscribe();
        let heard = clusters.wait_for(|cluster| cluster.epoch() >= epoch);
        let _ = timeout(NEWS_PATIENCE, heard).await;
        // Whoever was told that it is done may ask any node next, through the edge.
        survey::until_heard(self, &self.clusters.present(), epoch).await;
        Ok(Agreed { epoch, partitions_left: self.clusters.present().partitions_left() })
    }

    /// Lets whoever has `token` join, once, within `ttl_seconds`: until when, in seconds since 1970.
    ///
    /// # Errors
    /// When the cluster refuses it, nobody leads, or the outcome is not known.
    pub(crate) async fn open_join_token(
        &self,
        token: &JoinToken,
        ttl_seconds: u64,
    ) -> Result<u64, ProposeError> {
        let now = unix_seconds();
        let ends = now.saturating_add(ttl_seconds);
        // Whoever leads knows it, and decides who may join: nobody else has to have heard of it.
        self.membership.propose(Command::JoinToken { token: token.hash(), ends, now }).await?;
        Ok(ends)
    }

    /// About how long the rest of a change of the ring takes, in seconds; nothing where that is
    /// not known, or nothing changes.
    pub(crate) fn change_seconds_left(&self, now: Instant) -> Option<u64> {
        self.pace.lock().time_left(now).map(|left| left.as_secs())
    }
}
