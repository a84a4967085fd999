//! What the other nodes have to say, brought to whom it concerns.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use ringway_replica::{Envelope, Incarnation, NodeNumber};
use tokio::time::timeout;

use crate::cluster_watch::ClusterWatch;
use crate::ending::Ending;
use crate::membership::Consensus;
use crate::peers::{Answering, Ask, AskRefused, Inbox, Reply};
use crate::replication::Replication;

/// How long another node may wait for this one to hear of a state.
const NEWS_PATIENCE: Duration = Duration::from_secs(1);

/// What the other nodes have to say. A node that joins hears of consensus before it knows
/// what it holds; the rest is for the time after.
pub(crate) struct NodeInbox {
    consensus: Arc<Consensus>,
    served: OnceLock<Served>,
    /// Who can be reached, and which start of it.
    reachable: Mutex<BTreeMap<NodeNumber, Incarnation>>,
}

/// What there is once the node knows its cluster.
struct Served {
    clusters: Arc<ClusterWatch>,
    replication: Arc<Replication>,
    ending: Arc<Ending>,
}

impl NodeInbox {
    pub(crate) fn new(consensus: Arc<Consensus>) -> Self {
        Self { consensus, served: OnceLock::new(), reachable: Mutex::default() }
    }

    /// From here on the node takes part in everything.
    pub(crate) fn serve(
        &self,
        clusters: Arc<ClusterWatch>,
        replication: Arc<Replication>,
        ending: Arc<Ending>,
    ) {
        let reachable = self.reachable.lock();
        for (&peer, &incarnation) in &*reachable {
            replication.reachable(peer, incarnation);
        }
        let is_first = self.served.set(Served { clusters, replication, ending }).is_ok();
        assert!(is_first, "a node begins once");
    }

    fn answer(&self, ask: Ask, answering: Answering) {
        match (ask, self.served.get()) {
            (Ask::Raft(ask), _) => {
                let consensus = Arc::clone(&self.consensus);
                tokio::spawn(async move {
                    let answer = consensus.answer(&ask).await;
                    answering.answer(answer.map(Reply::Raft).map_err(|_| AskRefused::Failed));
                });
            }
            (Ask::ListKeys { epoch, query }, Some(Served { replication, .. })) => {
                replication.answer_keys(epoch, query, answering);
            }
            (Ask::Progress, Some(Served { replication, .. })) => {
                answering.answer(Ok(Reply::Progress(replication.progress())));
            }
            (Ask::Cluster, Some(Served { clusters, .. })) => {
                answering.answer(Ok(Reply::Cluster(clusters.present().to_bytes().into())));
            }
            (Ask::Sizes, Some(Served { replication, .. })) => {
                answering.answer(Ok(Reply::Sizes(replication.sizes())));
            }
            (Ask::End, Some(Served { ending, .. })) => {
                answering.answer(Ok(Reply::Ending));
                ending.ask();
            }
            (Ask::Hear(epoch), Some(Served { clusters, .. })) => {
                let mut clusters = clusters.subscribe();
                tokio::spawn(async move {
                    let heard = clusters.wait_for(|cluster| cluster.epoch() >= epoch);
                    let is_heard = matches!(timeout(NEWS_PATIENCE, heard).await, Ok(Ok(_)));
                    answering.answer(if is_heard {
                        Ok(Reply::Heard)
                    } else {
                        Err(AskRefused::Failed)
                    });
                });
            }
            (_, None) => {
                answering.answer(Err(AskRefused::Failed));
            }
        }
    }
}

impl Inbox for NodeInbox {
    fn reachable(&self, peer: NodeNumber, incarnation: Incarnation) {
        let mut reachable = self.reachable.lock();
        reachable.insert(peer, incarnation);
        if let Some(Served { replication, .. }) = self.served.get() {
            replication.reachable(peer, incarnation);
        }
    }

    fn unreachable(&self, peer: NodeNumber) {
        let mut reachable = self.reachable.lock();
        reachable.remove(&peer);
        if let Some(Served { replication, .. }) = self.served.get() {
            replication.unreachable(peer);
        }
    }

    fn received(&self, shard: u8, envelope: Envelope) {
        if let Some(Served { replication, .. }) = self.served.get() {
            replication.received(shard, envelope);
        }
    }

    fn asked(&self, _from: NodeNumber, ask: Ask, answering: Answering) {
        self.answer(ask, answering);
    }
}
