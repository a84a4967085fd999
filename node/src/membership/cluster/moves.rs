//! Partitions begin to move, and arrive.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ringway_replica::NodeNumber;
use ringway_ring::{Epoch, Health, Partition};

use super::group::is_majority;
use super::{Applied, Cluster, PartitionGroup, Refused, Target};
use crate::peering::node_number;

impl Cluster {
    /// The partitions that are on the way to other holders.
    pub fn moving(&self) -> impl Iterator<Item = (Partition, &PartitionGroup)> {
        self.groups().filter(|(_, group)| group.is_moving())
    }

    /// The partitions that may begin to move next, while those of which `is_reached` holds can be:
    /// as many as the settings allow beside `others` that go on moving, or all where all move as
    /// one. One that can't arrive stays where it is: it would only be harder to reach. Where all
    /// move as one, one that can't keeps all.
    #[must_use]
    pub fn to_begin(
        &self,
        others: usize,
        is_reached: impl Fn(NodeNumber) -> bool,
    ) -> BTreeSet<Partition> {
        let Some(target) = &self.target else { return BTreeSet::new() };
        let may = |partition, list: &[NodeNumber]| {
            self.group(partition).is_some_and(|group| {
                !group.is_moving() && group.can_move_to(list.iter().copied(), &is_reached)
            })
        };
        let able = target.lists.iter().filter(|&(&partition, list)| may(partition, list));
        let able = able.map(|(&partition, _)| partition);
        if target.is_one_move {
            let all: BTreeSet<_> = able.collect();
            return if all.len() == target.lists.len() { all } else { BTreeSet::new() };
        }
        let room = usize::from(self.settings.moving_max.get()).saturating_sub(others);
        able.take(room).collect()
    }

    /// The partitions whose moves can end: those that every next holder `has_synced` in their
    /// present configuration, or none where all move as one and one is missing.
    #[must_use]
    pub fn to_complete(
        &self,
        has_synced: impl Fn(NodeNumber, Partition, Epoch) -> bool,
    ) -> BTreeMap<Partition, Epoch> {
        let Some(target) = &self.target else { return BTreeMap::new() };
        let arrived = self.moving().filter_map(|(partition, group)| {
            let at = group.configuration;
            let all = group.next.iter().all(|vnode| has_synced(vnode.node, partition, at));
            all.then_some((partition, at))
        });
        let arrived: BTreeMap<_, _> = arrived.collect();
        let is_short = target.is_one_move && arrived.len() < target.lists.len();
        if is_short { BTreeMap::new() } else { arrived }
    }

    /// The moves that had better begin anew later, each with its configuration: half or more of
    /// their next holders are down, so that no write gets the majority that it needs of them, while
    /// the present holders could do by themselves. Where all move as one, all of them or none.
    #[must_use]
    pub fn to_take_back(&self) -> BTreeMap<Partition, Epoch> {
        let down = self.members.iter().filter(|(_, member)| member.health == Health::Down);
        let down: BTreeSet<NodeNumber> = down.map(|(id, _)| node_number(id)).collect();
        if down.is_empty() {
            return BTreeMap::new();
        }
        let is_up = |node| !down.contains(&node);
        let is_held_up =
            |group: &PartitionGroup| group.is_known_to(is_up) && !is_majority(&group.next, is_up);
        let is_one_move = self.target.as_ref().is_some_and(|target| target.is_one_move);
        let takes_all = is_one_move && self.moving().any(|(_, group)| is_held_up(group));
        let back = self.moving().filter(|(_, group)| takes_all || is_held_up(group));
        back.map(|(partition, group)| (partition, group.configuration)).collect()
    }

    /// Has `partitions` go back, each of which is moving in the configuration that is told.
    pub(super) fn take_back(
        &mut self,
        partitions: &BTreeMap<Partition, Epoch>,
        at: Epoch,
    ) -> Result<Applied, Refused> {
        self.check_moving(partitions)?;
        for partition in partitions.keys() {
            if let Some(group) = self.groups.get_mut(index(*partition)) {
                Arc::make_mut(group).cancel(at);
            }
        }
        Ok(if partitions.is_empty() { Applied::AsBefore } else { Applied::Changed })
    }

    pub(super) fn move_on(
        &mut self,
        complete: &BTreeMap<Partition, Epoch>,
        begin: &BTreeSet<Partition>,
        at: Epoch,
    ) -> Result<Applied, Refused> {
        self.check_moving(complete)?;
        self.check_begin(begin)?;
        for partition in begin {
            let list = self.target.as_ref().and_then(|target| target.lists.get(partition));
            if let (Some(list), Some(group)) = (list, self.groups.get_mut(index(*partition))) {
                Arc::make_mut(group).begin(list, at);
            }
        }
        for partition in complete.keys() {
            if let Some(group) = self.groups.get_mut(index(*partition)) {
                Arc::make_mut(group).complete(at);
            }
            if let Some(target) = &mut self.target {
                target.lists.remove(partition);
            }
        }
        self.arrive_if_done();
        let is_nothing = complete.is_empty() && begin.is_empty();
        Ok(if is_nothing { Applied::AsBefore } else { Applied::Changed })
    }

    fn check_moving(&self, named: &BTreeMap<Partition, Epoch>) -> Result<(), Refused> {
        let target = self.target.as_ref().ok_or(Refused::NoChangeUnderWay)?;
        target.check_all_named(named.len())?;
        for (&partition, &configuration) in named {
            let found = self.group(partition).filter(|group| group.is_moving());
            if found.map(|group| group.configuration) != Some(configuration) {
                return Err(Refused::NotMoving { partition, configuration });
            }
        }
        Ok(())
    }

    fn check_begin(&self, begin: &BTreeSet<Partition>) -> Result<(), Refused> {
        let target = self.target.as_ref().ok_or(Refused::NoChangeUnderWay)?;
        target.check_all_named(begin.len())?;
        for &partition in begin {
            let is_moving = self.group(partition).is_some_and(PartitionGroup::is_moving);
            if is_moving || !target.lists.contains_key(&partition) {
                return Err(Refused::NotToBegin { partition });
            }
        }
        Ok(())
    }
}

fn index(partition: Partition) -> usize {
    usize::from(partition.get())
}

impl Target {
    /// Whether `named` partitions may begin or arrive together.
    fn check_all_named(&self, named: usize) -> Result<(), Refused> {
        if self.is_one_move && named != self.lists.len() && named > 0 {
            return Err(Refused::AllAtOnce { named, all: self.lists.len() });
        }
        Ok(())
    }
}
