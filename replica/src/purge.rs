//! Tombstones go once every holder has them.

use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;

use ringway_ring::{Key, Partition};

use crate::acceptor::Claimed;
use crate::disk::Deferred;
use crate::leadership::Active;
use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::step::Step;
use crate::vnode::Vnode;
use crate::{Message, NodeNumber, PartitionState, Version, Write};

impl Replica {
    /// Brings each grave one step further: to those who lack the tombstone the tombstone; to
    /// all, once they have it, the order to remove it; and at last out of the own records.
    pub(crate) fn purge(&mut self, partition: Partition, step: &mut Step<'_>) {
        let (me, now, retry) = (self.me, step.now.instant, self.config.retry_ms);
        let early = self.has(Mutant::TombstoneDroppedEarly);
        let is_majority = self.majority_rule();
        self.drop_superseded(partition, step);
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let watermark = watermark(vnode);
        let configuration = vnode.group.configuration;
        let Some(leadership) = vnode.leading() else { return };
        if leadership.ballot.configuration < configuration {
            // It is about to end: its tombstones are left to the next leader.
            return;
        }
        let group = Arc::clone(&leadership.group);
        let (mut messages, mut gone) = (Vec::new(), Vec::new());
        for (&version, grave) in &mut leadership.graves {
            let held = group.is_everyone(&grave.acks) || early && is_majority(&group, &grave.acks);
            let began = held && grave.floor.is_none() && version <= watermark;
            if began {
                grave.floor = Some(watermark);
            } else if now.since(grave.sent) < retry && !early {
                continue;
            }
            grave.sent = now;
            let Some(floor) = grave.floor else {
                for to in group.others(me).filter(|to| !grave.acks.contains(to)) {
                    let (key, record) = (grave.key.clone(), grave.record.clone());
                    messages.push((to, Message::Accept { partition, key, record }));
                }
                continue;
            };
            for to in group.others(me).filter(|to| !grave.purged.contains(to)) {
                let key = grave.key.clone();
                messages.push((to, Message::Purge { partition, key, tombstone: version, floor }));
            }
            if group.others(me).all(|to| grave.purged.contains(&to)) || early {
                gone.push((version, grave.key.clone(), floor));
            }
        }
        for (to, message) in messages {
            if self.reaches(to) {
                self.send(to, message, step);
            }
        }
        for (version, key, floor) in gone {
            self.bury(partition, version, &key, floor, step);
        }
    }

    /// Forgets graves over which something was written since.
    fn drop_superseded(&mut self, partition: Partition, step: &Step<'_>) {
        let (now, retry) = (step.now.instant, self.config.retry_ms);
        let Some(vnode) = self.vnodes.get(partition) else { return };
        let Some(leadership) = &vnode.leadership else { return };
        let due = leadership.graves.iter().filter(|(_, grave)| now.since(grave.sent) >= retry);
        let superseded: Vec<Version> = due
            .filter(|(version, grave)| {
                let local = self.head(partition, &grave.key, step);
                local.is_none_or(|local| local.accepted != **version)
            })
            .map(|(&version, _)| version)
            .collect();
        if let Some(leadership) = self.vnodes.get_mut(partition).and_then(Vnode::leading) {
            leadership.graves.retain(|version, _| !superseded.contains(version));
        }
    }

    /// All others have removed the tombstone.
    fn bury(
        &mut self,
        partition: Partition,
        version: Version,
        key: &Key<'static>,
        floor: Version,
        step: &mut Step<'_>,
    ) {
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        let lane = leadership.lanes.get(key);
        if lane.is_some_and(|lane| !matches!(lane.active, Active::Free)) {
            return;
        }
        leadership.graves.remove(&version);
        let state = vnode.state;
        self.remove(partition, key, version, floor, state, step);
    }

    /// A leader says that all have this tombstone.
    pub(crate) fn on_purge(
        &mut self,
        from: NodeNumber,
        partition: Partition,
        key: &Key<'static>,
        tombstone: Version,
        floor: Version,
        step: &mut Step<'_>,
    ) {
        let ballot = floor.ballot;
        let state = match self.fence(partition, ballot, Claimed::Removal) {
            None => return,
            Some(Err(promised)) => {
                self.send(from, Message::Refused { partition, ballot, promised }, step);
                return;
            }
            Some(Ok(state)) => state,
        };
        self.remove(partition, key, tombstone, floor, state, step);
        let until = self.vnodes.get(partition).and_then(|vnode| vnode.until(key));
        let message = Message::Purged { partition, tombstone };
        self.defer(until, Deferred::Send { to: from, message }, step);
    }

    /// Removes exactly this tombstone and raises the floor, in one store.
    ///
    /// A copy of the key that is under way is cancelled: it was read before the tombstone was
    /// everywhere, perhaps where it was not, and would bring back what it buried. One asked
    /// for from now on is read where it has been.
    fn remove(
        &mut self,
        partition: Partition,
        key: &Key<'static>,
        tombstone: Version,
        floor: Version,
        state: PartitionState,
        step: &mut Step<'_>,
    ) {
        if !self.has(Mutant::PullNotCancelled) {
            self.cancel_copy(partition, key);
        }
        let Some(present) = self.vnodes.get(partition).map(|vnode| vnode.state) else { return };
        let state = PartitionState { floor: state.floor.max(floor), ..state };
        let mut writes = vec![];
        if state != present {
            writes.push(Write::State { partition, state });
        }
        let local = self.head(partition, key, step);
        if local.is_some_and(|local| local.accepted == tombstone) {
            writes.push(Write::record(partition, key.clone(), None));
        }
        if !writes.is_empty() {
            self.submit(writes, step);
        }
    }

    /// A holder has removed the tombstone.
    pub(crate) fn on_purged(
        &mut self,
        from: NodeNumber,
        partition: Partition,
        tombstone: Version,
        step: &mut Step<'_>,
    ) {
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(leadership) = vnode.leading_at(tombstone.ballot) else { return };
        let Some(grave) = leadership.graves.get_mut(&tombstone) else { return };
        if !grave.purged.contains(&from) {
            grave.purged.push(from);
        }
        let is_over = leadership.group.others(self.me).all(|to| grave.purged.contains(&to));
        if let Some(floor) = grave.floor.filter(|_| is_over) {
            let key = grave.key.clone();
            self.bury(partition, tombstone, &key, floor, step);
        }
    }
}

/// The last version below which nothing is in flight: the leader will never again need an
/// acknowledgement of an accept at or below it.
fn watermark(vnode: &Vnode) -> Version {
    let Some(leadership) = &vnode.leadership else { return Version::BOTTOM };
    let ballot = leadership.ballot;
    let first = vnode.proposals.keys().find(|version| version.ballot == ballot);
    let below = |first: &Version| Version { ballot, sequence: first.sequence.saturating_sub(1) };
    first.map_or(leadership.last_stamped(), below)
}
