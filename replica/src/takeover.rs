//! Becoming leader.

use alloc::sync::Arc;
use alloc::vec;

use ringway_ring::Partition;

use crate::disk::Deferred;
use crate::leadership::Leadership;
use crate::replica::Replica;
use crate::step::Step;
use crate::{PartitionState, Write};

/// Random pauses between attempts to lead double this often at most.
const MAX_DOUBLINGS: u32 = 5;

impl Replica {
    /// Tries to lead `partition` under a ballot above all that this node has heard of.
    ///
    /// If all that it has heard of is a ballot that it made itself before a restart, it first
    /// asks whether that still stands: whoever has led since should be forwarded to, not
    /// deposed.
    pub(crate) fn prepare(&mut self, partition: Partition, step: &mut Step<'_>) {
        let (me, now) = (self.me, step.now.instant);
        if !self.is_entitled(partition) {
            return;
        }
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let group = Arc::clone(&vnode.group);
        let is_own = vnode.hint.node == me && vnode.hint.configuration == group.configuration;
        if core::mem::take(&mut vnode.restarted) && is_own {
            vnode.leadership = Some(Leadership::probe(vnode.hint, group, now));
            self.ask_others(partition);
            self.confirmed(partition, step);
            return;
        }
        let highest = vnode.hint.max(vnode.state.promised);
        let ballot = highest.next(group.configuration, self.me);
        vnode.leadership = Some(Leadership::new(ballot, group, now));
        let longest = self.config.backoff_ms << vnode.attempts.min(MAX_DOUBLINGS);
        vnode.not_before = now.after(self.random.below(1 + longest));
        vnode.attempts = vnode.attempts.saturating_add(1);
        vnode.former = None;
        let state = PartitionState { promised: ballot, ..vnode.state };
        let ticket = self.submit(vec![Write::State { partition, state }], step);
        self.defer(Some(ticket), Deferred::OwnPromise { partition, ballot }, step);
    }

    /// Whether this node may make ballots for `partition`: it holds it, and has heard of no
    /// configuration that it doesn't know. Under one that it doesn't know it would count
    /// the wrong majority.
    pub(crate) fn is_entitled(&self, partition: Partition) -> bool {
        self.vnodes.get(partition).is_some_and(|vnode| {
            let is_known = vnode.hint.configuration <= vnode.group.configuration;
            vnode.is_member() && vnode.group.may_lead(self.me) && is_known
        })
    }
}
