//! The cluster, as the rest of the node sees it.

use std::sync::Arc;

use ringway_replica::NodeNumber;
use ringway_ring::Epoch;
use tokio::sync::watch;

use super::{Cluster, Command, Consensus, ProposeError};

/// The cluster, as the rest of the node sees it: what it is, and how to change it.
#[derive(Clone)]
pub struct Membership {
    consensus: Arc<Consensus>,
    present: watch::Receiver<Arc<Cluster>>,
}

impl Membership {
    pub(super) fn new(consensus: Arc<Consensus>, present: watch::Receiver<Arc<Cluster>>) -> Self {
        Self { consensus, present }
    }

    /// The cluster's state as this node knows it. Others may know a later one.
    #[must_use]
    pub fn present(&self) -> Arc<Cluster> {
        Arc::clone(&self.present.borrow())
    }

    /// Hears of each state to come, though not of those that were soon followed by another.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Arc<Cluster>> {
        self.present.clone()
    }

    /// Has the cluster do `command`: see [`Consensus::propose`].
    ///
    /// # Errors
    /// When it is refused, nobody leads, or the outcome is not known.
    pub async fn propose(&self, command: Command) -> Result<Epoch, ProposeError> {
        self.consensus.propose(command).await
    }

    /// Whether the member `number` votes, or is about to vote no longer.
    pub(crate) fn votes(&self, number: NodeNumber) -> bool {
        self.consensus.votes(number)
    }

    /// Whether this node leads, and has heard so from a majority of the voters a moment ago.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        self.consensus.is_leader()
    }
}
