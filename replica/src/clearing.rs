//! Removing what is stored of a partition that this node no longer holds, or holds anew.
//!
//! In portions, each a store of its own, so that no commit is long. The first raises the
//! promise into the present configuration, so that a node which restarts in between, and has
//! an older view then, takes no part; the last says since when the partition is held, or that
//! it was cleared. In between the node takes no part either.

use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::digest::Counting;
use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::standing::Standing;
use crate::step::Step;
use crate::{Ballot, PartitionState, Write};

impl Replica {
    /// The next portions.
    pub(crate) fn clear(&mut self, stirred: &[Partition], step: &mut Step<'_>) {
        let now = step.now.instant;
        let mut clearing = Vec::new();
        for &partition in stirred {
            let Some(vnode) = self.vnodes.get_mut(partition) else { continue };
            if let Standing::Finishing(until) = vnode.standing
                && now >= until
                && vnode.leadership.is_none()
            {
                vnode.standing = Standing::Clearing;
            }
            if vnode.standing == Standing::Clearing && vnode.is_still() {
                clearing.push(partition);
            }
        }
        let mut left = self.config.clear_batch;
        for partition in clearing {
            if left == 0 || now < self.no_lead_before {
                return;
            }
            left -= self.clear_some(partition, left, step);
        }
    }

    /// The next portion of `partition`; how many records are in it, or one.
    fn clear_some(&mut self, partition: Partition, limit: usize, step: &mut Step<'_>) -> usize {
        let me = self.me;
        let drops = self.has(Mutant::DroppedBeforeCompletion);
        let Some(vnode) = self.vnodes.get_mut(partition) else { return 0 };
        let configuration = vnode.group.configuration;
        let is_holder = vnode.group.contains(me) && !drops;
        let since = vnode.group.since.filter(|_| is_holder).unwrap_or(configuration);
        if vnode.durable.since == since {
            if is_holder {
                vnode.standing = Standing::Member;
                vnode.counting = Counting::cleared();
                self.anti_entropy.counted(partition);
                self.unfenced.insert(partition, None);
            } else if vnode.proposals.is_empty() && vnode.waiting.is_empty() {
                self.vnodes.remove(partition);
                self.anti_entropy.counted(partition);
                self.unfenced.remove(&partition);
            }
            return 1;
        }
        let promised = vnode.state.promised.max(Ballot::lowest(configuration));
        // Not over what is removed already: the disk may keep its traces for a while.
        let after = vnode.cleared.take();
        let mut page = step.records.scan(partition, after.as_ref(), limit);
        if page.is_empty() && after.is_some() {
            // What a store that failed has left.
            page = step.records.scan(partition, None, limit);
        }
        vnode.cleared = page.last().map(|(key, _)| key.clone());
        let since = if page.is_empty() { since } else { vnode.state.since };
        let state = PartitionState { promised, since, ..vnode.state };
        let mut writes = Vec::with_capacity(page.len() + 1);
        if state != vnode.state {
            writes.push(Write::State { partition, state });
        }
        let portion = page.len().max(1);
        let removals = page.into_iter();
        writes.extend(removals.map(|(key, _)| Write::record(partition, key, None)));
        self.submit(writes, step);
        portion
    }
}
