//! The leader keeps Raft's configuration as the members want it.

use std::collections::{BTreeMap, BTreeSet};

use openraft::ChangeMembers;
use ringway_replica::NodeNumber;
use ringway_ring::Health;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::consensus::Consensus;
use super::metrics::ConsensusMetrics;
use super::timing;
use super::types::{Metrics, Number, node_numbered, raft_number};
use super::voters::{Candidate, ConfigStep, next_step};
use crate::membership::Cluster;
use crate::peering::node_number;

/// How many entries of the log a node may be behind and vote. A voter that is far behind holds
/// up every command while it is needed for a majority.
const CAUGHT_UP_ENTRIES: u64 = 64;

impl Consensus {
    /// Looks after elections, after the voters while this node leads, and counts, until it is
    /// dropped.
    pub async fn run(&self, counted: ConsensusMetrics) {
        tokio::join!(self.look_after_voters(counted), self.break_ties());
    }

    async fn look_after_voters(&self, counted: ConsensusMetrics) {
        let mut down_since = BTreeMap::new();
        let mut ticks = interval(timing::VOTERS_TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let metrics = self.raft_metrics().borrow().clone();
            counted.set(&metrics, self.is_leader());
            let Some(cluster) = self.present() else { continue };
            note_down(&mut down_since, &cluster);
            if self.is_leader() {
                self.adjust(&metrics, &cluster, &down_since).await;
            }
        }
    }

    async fn adjust(
        &self,
        metrics: &Metrics,
        cluster: &Cluster,
        down_since: &BTreeMap<NodeNumber, Instant>,
    ) {
        let (change, hears_on) = match unfinished(metrics) {
            Some(voters) => {
                let hears_on = voters.contains(&metrics.id);
                (ChangeMembers::ReplaceAllVoters(voters), hears_on)
            }
            None => match wanted(metrics, cluster, down_since) {
                Some(step) => {
                    tracing::info!(?step, "the voters of consensus change");
                    (change(step), step != ConfigStep::Demote(self.number))
                }
                None => return,
            },
        };
        // Waited for, so that there is one at a time. What fails is tried again as it is then.
        match timeout(timing::VOTER_CHANGE, self.raft.change_membership(change, hears_on)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the voters of consensus did not change"),
            Err(_elapsed) => tracing::warn!("the voters of consensus did not change in time"),
        }
    }
}

/// Remembers since when each member is down.
fn note_down(down_since: &mut BTreeMap<NodeNumber, Instant>, cluster: &Cluster) {
    let down = cluster.members().iter().filter(|(_, member)| member.health == Health::Down);
    let down: BTreeSet<_> = down.map(|(id, _)| node_number(id)).collect();
    down_since.retain(|number, _| down.contains(number));
    for number in down {
        down_since.entry(number).or_insert_with(Instant::now);
    }
}

/// The voters to which a leader before this one has begun to change and not finished: that takes
/// two entries of the log.
fn unfinished(metrics: &Metrics) -> Option<BTreeSet<Number>> {
    match metrics.membership_config.membership().get_joint_config().as_slice() {
        [_, .., last] => Some(last.clone()),
        _ => None,
    }
}

fn wanted(
    metrics: &Metrics,
    cluster: &Cluster,
    down_since: &BTreeMap<NodeNumber, Instant>,
) -> Option<ConfigStep> {
    let config = metrics.membership_config.membership();
    let voters = config.voter_ids().map(node_numbered).collect();
    let learners = config.learner_ids().map(node_numbered).collect();
    let newest = metrics.last_log_index.unwrap_or_default();
    let replicated = |number: NodeNumber| {
        let known = metrics.replication.as_ref()?.get(&raft_number(number))?;
        known.map(|matching| matching.index)
    };
    let is_caught_up = |number: NodeNumber| {
        raft_number(number) == metrics.id
            || replicated(number).is_some_and(|index| index + CAUGHT_UP_ENTRIES >= newest)
    };
    let lost = |since: &Instant| since.elapsed() >= timing::VOTER_LOST;
    let candidate = |(id, member): (_, &crate::membership::MemberRecord)| {
        let number = node_number(id);
        Candidate {
            number,
            zone: member.zone.clone(),
            state: member.state,
            is_up: member.health == Health::Up,
            is_lost: down_since.get(&number).is_some_and(lost),
            is_caught_up: is_caught_up(number),
        }
    };
    let members: Vec<_> = cluster.members().iter().map(candidate).collect();
    next_step(node_numbered(metrics.id), &members, &voters, &learners)
}

fn change(step: ConfigStep) -> ChangeMembers<Number, ()> {
    let one = |number: NodeNumber| BTreeSet::from([raft_number(number)]);
    match step {
        ConfigStep::AddLearner(number) => {
            ChangeMembers::AddNodes([(raft_number(number), ())].into())
        }
        ConfigStep::Promote(number) => ChangeMembers::AddVoterIds(one(number)),
        ConfigStep::Demote(number) => ChangeMembers::RemoveVoters(one(number)),
        ConfigStep::Forget(number) => ChangeMembers::RemoveNodes(one(number)),
    }
}
