//! The cluster's state, as far as this node knows.

use std::sync::Arc;

use tokio::sync::watch;

use crate::membership::Cluster;

/// The latest state of the cluster that this node has heard of, be it by consensus or from
/// another node: every state was agreed on, so it doesn't matter who tells.
#[derive(Debug)]
pub(crate) struct ClusterWatch {
    present: watch::Sender<Arc<Cluster>>,
}

impl ClusterWatch {
    pub(crate) fn new(cluster: Arc<Cluster>) -> Self {
        Self { present: watch::Sender::new(cluster) }
    }

    /// The latest state.
    pub(crate) fn present(&self) -> Arc<Cluster> {
        Arc::clone(&self.present.borrow())
    }

    /// Says when there is a later one.
    pub(crate) fn subscribe(&self) -> watch::Receiver<Arc<Cluster>> {
        self.present.subscribe()
    }

    /// A state that somebody tells of.
    pub(crate) fn offer(&self, cluster: Arc<Cluster>) {
        self.present.send_if_modified(|present| {
            let is_later = cluster.epoch() > present.epoch();
            if is_later {
                *present = cluster;
            }
            is_later
        });
    }
}
