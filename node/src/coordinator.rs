//! What one node does for all: the one that leads the consensus over the cluster's state.
//!
//! It looks at every member a few times a second, and proposes what follows: who is down and
//! who is up, which partitions may begin to move, which have arrived, and who is lost and to
//! be replaced. And it stops and forgets who is retired. What it remembers is only since when
//! members are missing, and the others note that too, so any node can go on where another has
//! stopped; a proposal of one that no longer leads is refused, or finds that it was done already.

mod duties;
mod farewells;
mod progress;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringway_replica::NodeNumber;
use tokio::time::{MissedTickBehavior, interval};

pub(crate) use self::farewells::Farewells;
pub(crate) use self::progress::Progress;

use self::duties::{Duties, Sightings};
use crate::membership::{Cluster, Command, Membership};
use crate::peering::node_number;
use crate::peers::{Ask, AskError, Peers, Reply};
use crate::replication::Replication;
use crate::survey;

/// How often it looks. A member that is gone is noted after this and after what its
/// connection's silence takes, within 2 s in all.
const ROUND: Duration = Duration::from_millis(200);
/// How long a member may take to say how far it is. Who takes longer is as far as it was.
const PATIENCE: Duration = Duration::from_millis(500);

/// Looks after the cluster while this node leads its consensus.
pub(crate) struct Coordinator {
    pub(crate) me: NodeNumber,
    pub(crate) membership: Membership,
    /// Nothing where there are no other nodes.
    pub(crate) peers: Option<Arc<Peers>>,
    pub(crate) replication: Arc<Replication>,
    pub(crate) farewells: Farewells,
}

impl Coordinator {
    /// Does its duties, for ever.
    pub(crate) async fn run(mut self) -> Infallible {
        let mut duties = Duties::default();
        let mut rounds = interval(ROUND);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            let cluster = self.membership.present();
            if !self.membership.is_leader() {
                let is_reached = |number| self.replication.reaches(number);
                duties.watch(&cluster, is_reached, Instant::now());
                self.farewells.leave_to_the_next();
                continue;
            }
            self.farewells.begin(&cluster);
            // Before anything has arrived, which would be left out.
            let count = self.count(&cluster).await;
            let sightings = self.look(&cluster).await;
            let decided = duties.decide(&cluster, &sightings, Instant::now());
            for command in count.into_iter().chain(decided) {
                let what = command.name();
                match self.membership.propose(command).await {
                    Ok(epoch) => tracing::info!(what, %epoch, "the cluster has changed"),
                    // The next round looks again, and decides anew.
                    Err(error) => tracing::warn!(what, %error, "a proposal came to nothing"),
                }
            }
        }
    }

    /// Counts what there is to copy for a change that has just begun.
    async fn count(&self, cluster: &Cluster) -> Option<Command> {
        let change = cluster.to_count()?;
        let peers = self.peers.as_ref();
        let sizes = survey::sizes(self.me, peers, &self.replication, cluster, PATIENCE).await;
        let sizes = cluster.partitions().iter().zip(sizes);
        let known = sizes.filter_map(|(partition, size)| Some((partition, size?.value_bytes)));
        Some(Command::Count { change, bytes: known.collect() })
    }

    async fn look(&self, cluster: &Cluster) -> Sightings {
        let numbers = cluster.members().keys().map(node_number);
        let reached = numbers.filter(|&number| self.replication.reaches(number));
        let others = reached.filter(|&number| number != self.me);
        let mut sightings = Sightings::new();
        if let Some(peers) = &self.peers {
            let replies = peers.ask_all(others, &Ask::Progress, PATIENCE).await.into_iter();
            sightings.extend(replies.map(|(number, reply)| (number, progress(reply))));
        }
        sightings.insert(self.me, Some(self.replication.progress()));
        sightings
    }
}

fn progress(reply: Result<Reply, AskError>) -> Option<Progress> {
    match reply {
        Ok(Reply::Progress(progress)) => Some(progress),
        Ok(_) | Err(_) => None,
    }
}
