//! Nodes in one process, and the wires between them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use ringway_replica::NodeNumber;
use ringway_ring::Epoch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::membership::cluster::sample::{bootstrap, newcomer, number};
use crate::membership::raft::types::node_numbered;
use crate::membership::{
    Bootstrap, Carried, Carrier, Cluster, Command, Consensus, ConsensusMetrics, NotCarried,
    ProposeError, SettingsChange,
};
use crate::metrics::Registry;
use crate::store::ConsensusTable;

/// How long anything may take, on the clock that is wound forward.
const PATIENCE: Duration = Duration::from_mins(5);

/// How long a disk takes for a write.
const FSYNC: Duration = Duration::from_millis(5);

/// A command that tells from the state that it was done.
pub(super) fn settings(grace_seconds: u32) -> Command {
    let grace_seconds = Some(grace_seconds);
    Command::Settings(SettingsChange { grace_seconds, ..SettingsChange::default() })
}

/// Who can be reached.
#[derive(Default)]
struct Wires {
    nodes: Mutex<BTreeMap<NodeNumber, Arc<Consensus>>>,
    /// Those who reach only each other.
    island: Mutex<BTreeSet<NodeNumber>>,
}

impl Wires {
    fn reach(&self, from: NodeNumber, to: NodeNumber) -> Option<Arc<Consensus>> {
        let island = self.island.lock();
        let node = self.nodes.lock().get(&to).cloned();
        node.filter(|_| island.contains(&from) == island.contains(&to))
    }

    async fn carry(
        &self,
        from: NodeNumber,
        to: NodeNumber,
        ask: Bytes,
    ) -> Result<Bytes, NotCarried> {
        let gone = || "cut off".to_owned();
        // A message takes a while, and what is cut may be cut while it is on its way.
        sleep(Duration::from_millis(1)).await;
        let node = self.reach(from, to).ok_or_else(|| NotCarried::NotSent(gone()))?;
        let answer = node.answer(&ask).await.expect("only what consensus asks");
        sleep(Duration::from_millis(1)).await;
        let still = self.reach(to, from).and_then(|_| self.reach(from, to));
        let is_same = still.is_some_and(|still| Arc::ptr_eq(&still, &node));
        if is_same { Ok(answer) } else { Err(NotCarried::NoAnswer(gone())) }
    }
}

struct Wire {
    from: NodeNumber,
    wires: Arc<Wires>,
}

impl Carrier for Wire {
    fn ask(&self, to: NodeNumber, ask: Bytes, patience: Duration) -> Carried<'_> {
        Box::pin(async move {
            let carried = timeout(patience, self.wires.carry(self.from, to, ask)).await;
            carried.unwrap_or_else(|_| Err(NotCarried::NoAnswer("too late".to_owned())))
        })
    }
}

struct Running {
    consensus: Arc<Consensus>,
    task: JoinHandle<()>,
    /// What it writes to.
    disk: JoinHandle<()>,
}

/// Nodes in one process. What they keep outlives them.
#[derive(Default)]
pub(super) struct Nodes {
    wires: Arc<Wires>,
    disks: BTreeMap<&'static str, ConsensusTable>,
    running: BTreeMap<&'static str, Running>,
}

impl Nodes {
    /// A cluster that the first of `names` began and the others joined, all of which know so.
    pub(super) async fn of(names: &[&'static str]) -> Self {
        let mut nodes = Self::default();
        for &name in names {
            nodes.start(name).await;
        }
        nodes.bootstrap(names[0], bootstrap(names[0])).await.unwrap();
        let mut epoch = Epoch::FIRST;
        for name in &names[1..] {
            epoch = nodes.propose(names[0], Command::Join(newcomer(name))).await.unwrap();
        }
        nodes.all_reach(epoch).await;
        let odd = names.len().min(5);
        nodes.until_voters(odd - usize::from(odd.is_multiple_of(2))).await;
        nodes
    }

    pub(super) async fn start(&mut self, name: &'static str) {
        let disk = self.disks.entry(name).or_insert_with(ConsensusTable::in_memory);
        let (table, disk) = disk.slowed(FSYNC);
        let wire = Wire { from: number(name), wires: Arc::clone(&self.wires) };
        let consensus = Consensus::open_on(number(name), table, Arc::new(wire)).await.unwrap();
        self.wires.nodes.lock().insert(number(name), Arc::clone(&consensus));
        let metrics = ConsensusMetrics::new(&Registry::new(name).unwrap());
        let running = Arc::clone(&consensus);
        let task = tokio::spawn(async move { running.run(metrics).await });
        self.running.insert(name, Running { consensus, task, disk });
    }

    /// Ends it at once: what its disk has not taken is lost.
    pub(super) async fn kill(&mut self, name: &str) {
        self.wires.nodes.lock().remove(&number(name));
        let running = self.running.remove(name).unwrap();
        running.disk.abort();
        running.task.abort();
        running.consensus.shut_down().await;
    }

    /// Lets `names` and the others reach only themselves.
    pub(super) fn cut(&self, names: &[&str]) {
        *self.wires.island.lock() = names.iter().map(|name| number(name)).collect();
    }

    pub(super) fn heal(&self) {
        self.wires.island.lock().clear();
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<'_> {
        self.running.keys().copied()
    }

    pub(super) async fn propose(
        &self,
        name: &str,
        command: Command,
    ) -> Result<Epoch, ProposeError> {
        self.running[name].consensus.propose(command).await
    }

    pub(super) async fn bootstrap(
        &self,
        name: &str,
        bootstrap: Bootstrap,
    ) -> Result<(), ProposeError> {
        self.running[name].consensus.bootstrap(bootstrap, None).await
    }

    pub(super) fn present(&self, name: &str) -> Arc<Cluster> {
        self.running[name].consensus.present().expect("it knows of the cluster")
    }

    /// What `name` knows as soon as it knows anything.
    pub(super) async fn wait_present(&self, name: &str) -> Arc<Cluster> {
        let membership = self.running[name].consensus.membership();
        timeout(PATIENCE, membership).await.expect("it knows").present()
    }

    pub(super) fn is_leader(&self, name: &str) -> bool {
        self.running[name].consensus.is_leader()
    }

    pub(super) async fn leader(&self) -> &'static str {
        self.until(|nodes| nodes.names().find(|name| nodes.is_leader(name))).await
    }

    pub(super) async fn until_not_led_by(&self, name: &str) {
        self.until(|nodes| nodes.names().find(|&it| it != name && nodes.is_leader(it))).await;
    }

    /// The state as the leader knows it: no earlier than any command that was answered.
    pub(super) async fn leads(&self) -> Arc<Cluster> {
        self.present(self.leader().await)
    }

    pub(super) async fn all_reach(&self, epoch: Epoch) {
        for name in self.names() {
            self.reaches(name, epoch).await;
        }
    }

    pub(super) async fn reaches(&self, name: &str, epoch: Epoch) {
        let reaches = async {
            let mut present = self.running[name].consensus.membership().await.subscribe();
            present.wait_for(|cluster| cluster.epoch() >= epoch).await.unwrap();
        };
        timeout(PATIENCE, reaches).await.expect("every node gets there");
    }

    pub(super) fn has_purged(&self, name: &str) -> bool {
        self.running[name].consensus.raft_metrics().borrow().purged.is_some()
    }

    /// Who votes, as whoever leads has it; nobody while that is changing.
    pub(super) fn voters(&self) -> Vec<&'static str> {
        let Some(leader) = self.names().find(|name| self.is_leader(name)) else { return vec![] };
        let metrics = self.running[leader].consensus.raft_metrics().borrow().clone();
        let config = &metrics.membership_config;
        if config.membership().get_joint_config().len() > 1
            || *config.log_id() > metrics.last_applied
        {
            return vec![];
        }
        let voters: Vec<_> = config.membership().voter_ids().map(node_numbered).collect();
        self.disks.keys().copied().filter(|name| voters.contains(&number(name))).collect()
    }

    pub(super) async fn until_voters(&self, count: usize) {
        self.until(|nodes| (nodes.voters().len() == count).then_some(())).await;
    }

    /// One that votes beside `leader`.
    pub(super) async fn another_voter(&self, leader: &str) -> &'static str {
        self.until(|nodes| nodes.voters().into_iter().find(|&name| name != leader)).await
    }

    pub(super) async fn until_not_voting(&self, name: &str) {
        self.until(|nodes| {
            let voters = nodes.voters();
            (!voters.is_empty() && !voters.contains(&name)).then_some(())
        })
        .await;
    }

    /// Waits until Raft sends its log to `count` nodes, the leader among them.
    pub(super) async fn until_heard(&self, count: usize) {
        self.until(|nodes| {
            let leader = nodes.names().find(|name| nodes.is_leader(name))?;
            let metrics = nodes.running[leader].consensus.raft_metrics().borrow().clone();
            let config = metrics.membership_config.membership();
            (config.nodes().count() == count).then_some(())
        })
        .await;
    }

    /// Looks again and again; on the clock that is wound forward.
    async fn until<T>(&self, found: impl Fn(&Self) -> Option<T>) -> T {
        let look = async {
            loop {
                if let Some(found) = found(self) {
                    return found;
                }
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(PATIENCE, look).await.expect("it comes about")
    }
}
