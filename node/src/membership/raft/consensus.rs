//! A node's part in consensus.

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use openraft::ServerState;
use openraft::error::Fatal;
use ringway_replica::NodeNumber;
use thiserror::Error;
use tokio::sync::watch;

use super::carrier::Carrier;
use super::exchange::{Answer, Ask, BadAsk, decode, encode};
use super::link::Links;
use super::log::Log;
use super::machine::{Machine, Present};
use super::propose_error::ProposeError;
use super::snapshots::Snapshots;
use super::timing;
use super::types::{Metrics, Number, Raft, Snapshot, node_numbered, raft_number};
use crate::cluster_ca::ClusterCa;
use crate::membership::{Bootstrap, Cluster, ClusterBytesError, Command, Membership, Refused};
use crate::store::{ConsensusTable, EngineError, Store};

/// A node's part in consensus: before it knows of a cluster, and after.
pub struct Consensus {
    pub(super) number: NodeNumber,
    pub(super) raft: Raft,
    pub(super) carrier: Arc<dyn Carrier>,
    present: Arc<Present>,
    table: ConsensusTable,
}

impl Consensus {
    /// Goes on where node `number` left off, as its store has it. A node that is new waits to
    /// be bootstrapped, or to be told of a cluster by one that took it in. Blocks for reads.
    ///
    /// # Errors
    /// When the store can't be read, or what it holds is damaged.
    pub async fn open(
        number: NodeNumber,
        store: &Store,
        carrier: Arc<dyn Carrier>,
    ) -> Result<Arc<Self>, ConsensusError> {
        Self::open_on(number, store.consensus(), carrier).await
    }

    pub(super) async fn open_on(
        number: NodeNumber,
        table: ConsensusTable,
        carrier: Arc<dyn Carrier>,
    ) -> Result<Arc<Self>, ConsensusError> {
        let present = Arc::new(Present::new());
        let log = Log::open(table.clone())?;
        let machine = Machine::open(Snapshots::open(table.clone())?, Arc::clone(&present))?;
        let config = Arc::new(timing::config(raft_number(number)));
        let links = Links(Arc::clone(&carrier));
        let raft = Raft::new(raft_number(number), config, links, log, machine).await;
        let raft = raft.map_err(|error| ConsensusError::Fatal(Box::new(error)))?;
        Ok(Arc::new(Self { number, raft, carrier, present, table }))
    }

    /// Makes a cluster of this node alone, whose nodes know each other by `ca` if there is one.
    /// Where that was begun and cut short by a crash, it
    /// is finished.
    ///
    /// # Errors
    /// When the node is in a cluster already.
    pub async fn bootstrap(
        &self,
        bootstrap: Bootstrap,
        ca: Option<ClusterCa>,
    ) -> Result<(), ProposeError> {
        if let Some(present) = self.present.get() {
            let cluster = present.borrow().id();
            return Err(Refused::AlreadyBootstrapped { cluster }.into());
        }
        // It is refused where the node has a log already: its own, of an attempt that a crash
        // cut short, or a cluster's, which then refuses the command.
        let _ = self.raft.initialize(BTreeSet::from([raft_number(self.number)])).await;
        let command = match ca {
            Some(ca) => Command::BootstrapWithCa(Box::new(bootstrap), ca),
            None => Command::Bootstrap(bootstrap),
        };
        self.propose(command).await?;
        Ok(())
    }

    /// Whether this node has never been in a cluster.
    pub async fn is_new(&self) -> bool {
        // It fails only where Raft has ended, and then everything does.
        !self.raft.is_initialized().await.unwrap_or(true)
    }

    /// Waits until the node knows the cluster's state, which it does at once if it was in one
    /// when it ended, and until its disk knows it too: who has said that it is a member must not
    /// depend on the others to know it again, since they may not know where it is then.
    pub async fn membership(self: &Arc<Self>) -> Membership {
        let present = self.present.wait().await.subscribe();
        // Where it fails, the store has ended, and then everything does.
        let _ = self.table.settle().await;
        Membership::new(Arc::clone(self), present)
    }

    /// The cluster's state, if the node knows one yet.
    #[must_use]
    pub fn present(&self) -> Option<Arc<Cluster>> {
        self.present.get().map(|present| Arc::clone(&present.borrow()))
    }

    /// Whether this node leads, and a majority of the voters has said so within the last second.
    #[must_use]
    pub fn is_leader(&self) -> bool {
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow();
        metrics.running_state.is_ok()
            && metrics.state == ServerState::Leader
            && metrics
                .millis_since_quorum_ack
                .is_some_and(|millis| u128::from(millis) <= timing::LEASE.as_millis())
    }

    /// Who leads, as far as this node knows. It may be gone.
    #[must_use]
    pub fn leader(&self) -> Option<NodeNumber> {
        self.raft.metrics().borrow().current_leader.map(node_numbered)
    }

    /// Whether node `number` votes. Of a change that is under way both sides do.
    pub(crate) fn votes(&self, number: NodeNumber) -> bool {
        let metrics = self.raft.metrics();
        let metrics = metrics.borrow();
        let mut voters = metrics.membership_config.membership().voter_ids();
        voters.any(|voter| node_numbered(voter) == number)
    }

    pub(super) fn raft_metrics(&self) -> watch::Receiver<Metrics> {
        self.raft.metrics()
    }

    /// Answers what a member asked by its [`Carrier`].
    ///
    /// # Errors
    /// When no node that works asks that.
    pub async fn answer(&self, ask: &[u8]) -> Result<Bytes, BadAsk> {
        let answer = match decode(ask)? {
            Ask::Append(append) => {
                let answer = self.raft.append_entries(append).await;
                answer.map_or_else(|error| Answer::Ending(error.to_string()), Answer::Append)
            }
            Ask::Vote(vote) => {
                let answer = self.raft.vote(vote).await;
                answer.map_or_else(|error| Answer::Ending(error.to_string()), Answer::Vote)
            }
            Ask::Snapshot { vote, meta, data } => {
                let snapshot = Snapshot { meta, snapshot: Box::new(data) };
                let answer = self.raft.install_full_snapshot(vote, snapshot).await;
                answer.map_or_else(|error| Answer::Ending(error.to_string()), Answer::Snapshot)
            }
            Ask::Propose(command) => self.answer_proposal(command).await,
        };
        Ok(encode(&answer))
    }

    /// Ends the node's part. What is durable stays; what was proposed may be done or not.
    pub async fn shut_down(&self) {
        if let Err(error) = self.raft.shutdown().await {
            tracing::error!(%error, "consensus did not end in order");
        }
    }
}

/// Why consensus can't begin.
#[derive(Debug, Error)]
pub enum ConsensusError {
    /// The store can't be read.
    #[error(transparent)]
    Read(#[from] EngineError),
    /// What it holds is not what is stored there.
    #[error("{what} of consensus is damaged ({error}): restore the data directory from a copy")]
    Damaged {
        /// What it is.
        what: &'static str,
        /// Why it can't be read.
        error: postcard::Error,
    },
    /// The snapshot holds no state of a cluster.
    #[error(transparent)]
    Cluster(#[from] ClusterBytesError),
    /// openraft refuses what the store holds.
    #[error("consensus can't go on from what is stored: {0}")]
    Fatal(Box<Fatal<Number>>),
}
