//! What the coordinator decides, apart from clocks and sockets.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use ringway_replica::NodeNumber;
use ringway_ring::{Epoch, Health, NodeId, Partition};

use super::Progress;
use crate::membership::{
    Change, Cluster, Command, MemberRecord, MemberState, PartitionGroup, Settings, Target,
};
use crate::peering::node_number;

/// What is known of the members at one moment. Who is not in it can't be reached.
pub(super) type Sightings = BTreeMap<NodeNumber, Option<Progress>>;

/// What the coordinator remembers from one look at the cluster to the next. Since when members
/// are missing every other node notes too, should it be the next; the rest that one finds anew.
#[derive(Debug, Default)]
pub(super) struct Duties {
    /// Since when members can't be reached.
    missing: BTreeMap<NodeId, Instant>,
    /// Since when something has arrived that is not completed yet.
    arrived_since: Option<Instant>,
    /// When moves began last.
    begun: Option<Instant>,
}

impl Duties {
    /// What should be proposed next, in this order. Each is right by itself, should another
    /// be refused.
    pub(super) fn decide(
        &mut self,
        cluster: &Cluster,
        sightings: &Sightings,
        now: Instant,
    ) -> Vec<Command> {
        self.note_missing(cluster, now, |id, _| !sightings.contains_key(&node_number(id)));
        let mut commands = Vec::new();
        commands.extend(health(cluster, sightings));
        match self.replacement(cluster, now) {
            Some(command) => commands.push(command),
            None => commands.extend(self.moves(cluster, sightings, now)),
        }
        commands
    }

    /// What is left to do while another node decides, or nobody: to note who is missing, as the
    /// nodes have agreed and this one finds too, so that the time that counts for a replacement
    /// goes on under the next coordinator. Only by itself a node that is cut off would think
    /// all others missing, and only by agreement one that is back and catches up.
    pub(super) fn watch(
        &mut self,
        cluster: &Cluster,
        is_reached: impl Fn(NodeNumber) -> bool,
        now: Instant,
    ) {
        self.note_missing(cluster, now, |id, member| {
            member.health == Health::Down && !is_reached(node_number(id))
        });
        (self.arrived_since, self.begun) = (None, None);
    }

    /// Notes the members that are missing now. Whoever was before is since then.
    fn note_missing(
        &mut self,
        cluster: &Cluster,
        now: Instant,
        is_missing: impl Fn(&NodeId, &MemberRecord) -> bool,
    ) {
        let before = std::mem::take(&mut self.missing);
        let missing = cluster.members().iter().filter(|&(id, member)| is_missing(id, member));
        let since = |id: &NodeId| before.get(id).copied().unwrap_or(now);
        self.missing = missing.map(|(id, _)| (id.clone(), since(id))).collect();
    }

    /// Takes back the moves that keep writes from being done, or ends those that have arrived and
    /// begins the next.
    fn moves(&mut self, cluster: &Cluster, sightings: &Sightings, now: Instant) -> Option<Command> {
        let partitions = cluster.to_take_back();
        if !partitions.is_empty() {
            return Some(Command::TakeBack { partitions });
        }
        let arrived = arrived(cluster, sightings);
        let since = (!arrived.is_empty()).then(|| self.arrived_since.unwrap_or(now));
        self.arrived_since = since;
        let has_passed = |since: Instant| now.duration_since(since) >= Settings::PACE;

        let is_reached = |node| sightings.contains_key(&node);
        // What waits for somebody who is away may do so for long, and costs nobody anything
        // meanwhile: others take its place.
        let goes_on = |&(partition, group): &(Partition, &PartitionGroup)| {
            !arrived.contains_key(&partition) && group.can_arrive(is_reached)
        };
        let others = cluster.moving().filter(goes_on).count();
        let is_worth_it = others <= usize::from(cluster.settings().moving_max.get()) / 2;
        let may_begin = is_worth_it && self.begun.is_none_or(has_passed);
        let begin = if may_begin { cluster.to_begin(others, is_reached) } else { BTreeSet::new() };
        let is_last = arrived.len() == cluster.partitions_left();
        let is_time = is_last || !begin.is_empty() || since.is_some_and(has_passed);
        let complete = if is_time { arrived } else { BTreeMap::new() };
        if !begin.is_empty() {
            self.begun = Some(now);
        }
        if !complete.is_empty() {
            self.arrived_since = None;
        }
        let is_any = !begin.is_empty() || !complete.is_empty();
        is_any.then_some(Command::Move { complete, begin })
    }

    /// What to do about a holder that was away for longer than the operator wants to wait.
    fn replacement(&self, cluster: &Cluster, now: Instant) -> Option<Command> {
        let grace = Duration::from_secs(cluster.settings().grace_seconds.into());
        let is_lost = |id: &NodeId| {
            self.missing.get(id).is_some_and(|since| now.duration_since(*since) >= grace)
        };
        let lost = cluster.members().keys().filter(|&id| is_lost(id));
        let lost: BTreeSet<NodeNumber> = lost.map(node_number).collect();
        if let Some(target) = cluster.target() {
            return is_stuck(cluster, target, &lost).then_some(Command::Cancel);
        }
        let active = cluster.members().iter().filter(|(_, it)| it.state == MemberState::Active);
        let active: Vec<_> = active.map(|(id, _)| id).collect();
        let remove: BTreeSet<_> =
            active.iter().copied().filter(|id| is_lost(id)).cloned().collect();
        // With fewer nodes left than copies, there is nobody to take over.
        let can_be_replaced = active.len() - remove.len() >= cluster.list_length();
        (!remove.is_empty() && can_be_replaced && is_of_use(cluster, &lost))
            .then(|| Command::Change(Change { remove, ..Change::default() }))
    }
}

/// Whether a change waits for those of `lost` and for nothing else, or for one of them whom it
/// makes a holder: that one can't be replaced before the change has ended.
fn is_stuck(cluster: &Cluster, target: &Target, lost: &BTreeSet<NodeNumber>) -> bool {
    let is_known = |partition: &Partition| {
        cluster.group(*partition).is_some_and(|group| is_known_without(lost, group))
    };
    let mut left = target.lists.keys();
    let can_go_on = if target.is_one_move { left.all(is_known) } else { left.any(is_known) };
    !can_go_on || target.lists.values().flatten().any(|node| lost.contains(node))
}

/// Whether anything that those of `lost` hold can be copied to others, or they hold nothing.
/// Else a change that removes them would be stuck at once, and keep others from being made.
fn is_of_use(cluster: &Cluster, lost: &BTreeSet<NodeNumber>) -> bool {
    let is_theirs =
        |group: &PartitionGroup| group.replicas.iter().any(|vnode| lost.contains(&vnode.node));
    let theirs = cluster.groups().map(|(_, group)| group).filter(|group| is_theirs(group));
    let mut theirs = theirs.peekable();
    theirs.peek().is_none() || theirs.any(|group| is_known_without(lost, group))
}

/// Whether enough holders are left without `lost` to tell all of what `group` holds.
fn is_known_without(lost: &BTreeSet<NodeNumber>, group: &PartitionGroup) -> bool {
    group.is_known_to(|node| !lost.contains(&node))
}

/// Who is down and who is up, where that is news. Who is back is up once it has caught up:
/// until then requests had better go to others.
fn health(cluster: &Cluster, sightings: &Sightings) -> Option<Command> {
    let (mut up, mut down) = (BTreeSet::new(), BTreeSet::new());
    for (id, member) in cluster.members() {
        match (sightings.get(&node_number(id)), member.health) {
            (None, Health::Up) => _ = down.insert(id.clone()),
            (Some(Some(progress)), Health::Down) if progress.is_caught_up => {
                up.insert(id.clone());
            }
            _ => {}
        }
    }
    (!up.is_empty() || !down.is_empty()).then_some(Command::Health { up, down })
}

/// What `sightings` say has arrived.
fn arrived(cluster: &Cluster, sightings: &Sightings) -> BTreeMap<Partition, Epoch> {
    let synced: BTreeMap<NodeNumber, BTreeSet<_>> = sightings
        .iter()
        .filter_map(|(&node, progress)| {
            Some((node, progress.as_ref()?.synced.iter().copied().collect()))
        })
        .collect();
    let has_synced = |node, partition, configuration| {
        synced.get(&node).is_some_and(|synced| synced.contains(&(partition, configuration)))
    };
    cluster.to_complete(has_synced)
}

#[cfg(test)]
mod duties_test;
#[cfg(test)]
mod taking_back_test;
