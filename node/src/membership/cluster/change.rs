//! Where the ring is to go, and back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringway_ring::{Epoch, Member, NodeId, Partition, Plan, Weight, claim};

use super::{Applied, Change, Cluster, Extent, MemberState, Refused, Target};
use crate::peering::node_number;

impl Cluster {
    /// What [`Command::Change`](super::Command::Change) with `change` would do in this state.
    /// `bytes` says how much a partition holds.
    ///
    /// # Errors
    /// When the change makes no sense in this state, or one is on its way.
    pub fn plan(&self, change: &Change, bytes: impl Fn(Partition) -> u64) -> Result<Plan, Refused> {
        let next = self.members_after(&self.left_to_do(change)?)?;
        let active = self.members.iter().filter(|(_, it)| it.state == MemberState::Active);
        let present: Vec<_> = active.map(|(id, record)| record.claimant(id)).collect();
        let factor = self.replication_factor;
        Ok(Plan::new(&self.assignment(), &present, &next, factor, bytes))
    }

    /// Who would be in the ring after `change`, of which everything is left to do, and with
    /// what weight.
    fn members_after(&self, change: &Change) -> Result<Vec<Member>, Refused> {
        if let Some(target) = &self.target {
            let Target { added, removed, .. } = target;
            let (added, removed) = (added.clone(), removed.clone());
            return Err(Refused::ChangeUnderWay { added, removed, left: target.lists.len() });
        }
        let members: Vec<Member> = self
            .members
            .iter()
            .filter(|(id, record)| will_be_in(id, record.state, change))
            .map(|(id, record)| {
                let mut member = record.claimant(id);
                member.weight = change.weights.get(id).copied().unwrap_or(member.weight);
                member
            })
            .collect();
        if members.is_empty() {
            return Err(Refused::NobodyLeft);
        }
        Ok(members)
    }

    /// What of `change` is not so already, or about to be: a change says how things shall be,
    /// so it can be asked for again.
    fn left_to_do(&self, change: &Change) -> Result<Change, Refused> {
        if let Some(id) = change.add.intersection(&change.remove).next() {
            return Err(Refused::AddedAndRemoved { id: id.clone() });
        }
        let mut left = change.clone();
        for id in change.add.iter().chain(&change.remove).chain(change.weights.keys()) {
            let Some(member) = self.members.get(id) else {
                return Err(Refused::NoSuchMember { id: id.clone() });
            };
            if member.state == MemberState::Retired && change.add.contains(id) {
                return Err(Refused::Retired { id: id.clone() });
            }
            if member.state == MemberState::Active {
                left.add.remove(id);
            } else {
                left.remove.remove(id);
            }
            if change.weights.contains_key(id) && !will_be_in(id, member.state, change) {
                return Err(Refused::NotInTheRing { id: id.clone() });
            }
            if change.weights.get(id) == Some(&member.weight) {
                left.weights.remove(id);
            }
        }
        Ok(left)
    }

    pub(super) fn change(&mut self, change: &Change) -> Result<Applied, Refused> {
        let change = &self.left_to_do(change)?;
        if self.target.is_some() && *change == Change::default() {
            return Ok(Applied::AsBefore);
        }
        let members = self.members_after(change)?;
        let wanted = claim(&self.assignment(), &members, self.replication_factor);
        let number = |index: &ringway_ring::NodeIndex| {
            let id = wanted.nodes().get(index.get());
            node_number(id.unwrap_or_else(|| unreachable!("an index that leads nowhere")))
        };
        let lists = wanted.lists().map(|list| list.iter().map(number).collect::<Vec<_>>());
        let differs = self.groups().zip(lists).filter_map(|((partition, group), list)| {
            (!group.is_held_by(&list)).then_some((partition, list))
        });
        let target = Target {
            lists: differs.collect(),
            added: change.add.clone(),
            removed: change.remove.clone(),
            weights_before: self.weights_of(change.weights.keys()),
            is_one_move: wanted.list_length() != self.list_length(),
        };
        let is_as_before = *change == Change::default() && target.lists.is_empty();
        self.set_out(change, target);
        Ok(if is_as_before { Applied::AsBefore } else { Applied::Changed })
    }

    fn set_out(&mut self, change: &Change, target: Target) {
        for (id, member) in &mut self.members {
            if change.add.contains(id) {
                member.state = MemberState::Active;
            }
            if change.remove.contains(id) {
                member.state = MemberState::Leaving;
            }
            if let Some(&weight) = change.weights.get(id) {
                member.weight = weight;
            }
        }
        let (since, partitions) = (self.epoch.next(), target.lists.len());
        self.extent = Some(Extent { since, partitions, sizes: None });
        self.target = Some(target);
        self.arrive_if_done();
    }

    fn weights_of<'c>(&self, ids: impl Iterator<Item = &'c NodeId>) -> BTreeMap<NodeId, Weight> {
        ids.filter_map(|id| Some((id.clone(), self.members.get(id)?.weight))).collect()
    }

    /// Ends a change of which nothing is left to do.
    pub(super) fn arrive_if_done(&mut self) {
        if self.target.as_ref().is_some_and(|target| target.lists.is_empty()) {
            (self.target, self.extent) = (None, None);
            for member in self.members.values_mut() {
                member.state = match member.state {
                    MemberState::Leaving => MemberState::Spare,
                    MemberState::Retiring => MemberState::Retired,
                    other => other,
                };
            }
        }
    }

    /// Takes out of the ring those of `nodes` that are in it. Whoever of them holds nothing is
    /// retired, the others will be.
    pub(super) fn retire(&mut self, nodes: &BTreeSet<NodeId>) -> Result<Applied, Refused> {
        if let Some(id) = nodes.iter().find(|&id| !self.members.contains_key(id)) {
            return Err(Refused::NoSuchMember { id: id.clone() });
        }
        let active = self.active().count();
        let remove: BTreeSet<_> = self.active().filter(|&id| nodes.contains(id)).cloned().collect();
        let mut applied = Applied::AsBefore;
        if !remove.is_empty() {
            let (left, copies) = (active - remove.len(), self.replication_factor);
            if left < usize::from(copies.get()) {
                return Err(Refused::TooFewLeft { left, copies });
            }
            applied = self.change(&Change { remove, ..Change::default() })?;
        }
        for id in nodes {
            let Some(member) = self.members.get_mut(id) else { continue };
            let next = match member.state {
                MemberState::Spare => MemberState::Retired,
                MemberState::Leaving => MemberState::Retiring,
                other => other,
            };
            if std::mem::replace(&mut member.state, next) != next {
                applied = Applied::Changed;
            }
        }
        Ok(applied)
    }

    /// What has arrived stays; so who has got a partition is in the ring, and who has given
    /// all away is not, whatever the change was for.
    pub(super) fn cancel(&mut self, at: Epoch) -> Result<Applied, Refused> {
        let target = self.target.take().ok_or(Refused::NoChangeUnderWay)?;
        self.extent = None;
        for group in &mut self.groups {
            if group.is_moving() {
                Arc::make_mut(group).cancel(at);
            }
        }
        for id in target.added.iter().chain(&target.removed) {
            let holds = self.holds_anything(node_number(id));
            if let Some(member) = self.members.get_mut(id) {
                member.state = if holds { MemberState::Active } else { MemberState::Spare };
            }
        }
        for (id, weight) in target.weights_before {
            if let Some(member) = self.members.get_mut(&id) {
                member.weight = weight;
            }
        }
        Ok(Applied::Changed)
    }
}

/// Whether the member `id`, now in `state`, is in the ring after `change`.
fn will_be_in(id: &NodeId, state: MemberState, change: &Change) -> bool {
    change.add.contains(id) || (state == MemberState::Active && !change.remove.contains(id))
}
