//! Who should vote.

use std::collections::{BTreeMap, BTreeSet};

use ringway_replica::NodeNumber;
use ringway_ring::Zone;

use crate::membership::MemberState;

/// More voters survive more failures, and make each command wait for more disks. With five,
/// two may fail.
const VOTERS_MAX: usize = 5;

/// A member, as one that may vote.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) number: NodeNumber,
    pub(super) zone: Zone,
    pub(super) state: MemberState,
    pub(super) is_up: bool,
    /// Down for so long that it is not waited for.
    pub(super) is_lost: bool,
    /// Its log is nearly the leader's.
    pub(super) is_caught_up: bool,
}

/// One change of Raft's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConfigStep {
    /// A member hears of everything from now on.
    AddLearner(NodeNumber),
    /// It votes.
    Promote(NodeNumber),
    /// It votes no longer.
    Demote(NodeNumber),
    /// Who is no member hears nothing any more.
    Forget(NodeNumber),
}

/// The next change that brings the configuration to what it should be; nothing where it is.
/// One at a time, and first what makes the cluster safer. A `leader` that votes no longer leads
/// on for a moment, in which openraft bears no change: it leaves all of it to the next.
pub(super) fn next_step(
    leader: NodeNumber,
    members: &[Candidate],
    voters: &BTreeSet<NodeNumber>,
    learners: &BTreeSet<NodeNumber>,
) -> Option<ConfigStep> {
    if !voters.contains(&leader) {
        return None;
    }
    let numbers: BTreeSet<_> = members.iter().map(|member| member.number).collect();
    let unheard = numbers.iter().find(|&it| !voters.contains(it) && !learners.contains(it));
    if let Some(&number) = unheard {
        return Some(ConfigStep::AddLearner(number));
    }
    let wanted = wanted(members, voters);
    if let Some(&number) = wanted.difference(voters).next() {
        return Some(ConfigStep::Promote(number));
    }
    if let Some(&number) = voters.difference(&wanted).next() {
        return Some(ConfigStep::Demote(number));
    }
    learners.difference(&numbers).next().copied().map(ConfigStep::Forget)
}

/// An odd number of voters, since one more would survive no more failures: over as many zones
/// as there are, and otherwise those that vote already.
fn wanted(members: &[Candidate], voters: &BTreeSet<NodeNumber>) -> BTreeSet<NodeNumber> {
    let is_voter = |member: &Candidate| voters.contains(&member.number);
    let can_vote = |member: &&Candidate| is_voter(member) || member.is_up && member.is_caught_up;
    let mut left: Vec<&Candidate> = members.iter().filter(can_vote).collect();
    // It is stopped as soon as it votes no more.
    let is_retired = |member: &&Candidate| member.state == MemberState::Retired;
    if !left.iter().all(is_retired) {
        left.retain(|member| !is_retired(member));
    }
    let most = left.len().min(VOTERS_MAX);
    let count = most - usize::from(most > 0 && most.is_multiple_of(2));
    let mut wanted = BTreeSet::new();
    let mut in_zone: BTreeMap<&Zone, usize> = BTreeMap::new();
    while wanted.len() < count {
        let rank = |member: &&Candidate| {
            let zone = in_zone.get(&member.zone).copied().unwrap_or_default();
            let is_leaving = member.state.is_on_its_way_out();
            let is_spare = member.state == MemberState::Spare;
            (member.is_lost, is_leaving, zone, is_spare, !is_voter(member), member.number)
        };
        let Some(best) = left.iter().copied().min_by_key(rank) else { break };
        left.retain(|member| member.number != best.number);
        *in_zone.entry(&best.zone).or_default() += 1;
        wanted.insert(best.number);
    }
    wanted
}

#[cfg(test)]
mod voters_test;
