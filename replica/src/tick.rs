//! What time brings.

use ringway_ring::Partition;

use crate::replica::Replica;
use crate::step::Step;
use crate::vnode::Vnode;
use crate::{Outcome, Reason};

impl Replica {
    /// Gives up on what is too late, sends again what was not answered, and does a bit of
    /// what is never urgent. There is no timer for each of these: one that is looked at by
    /// each tick can't be forgotten and can't fire for something that is over.
    pub(crate) fn on_tick(&mut self, step: &mut Step<'_>) {
        self.expire_forwards(step);
        let now = step.now.instant;
        for request in core::mem::take(&mut self.parked) {
            if now >= request.deadline {
                self.complete(request.origin, Outcome::NotApplied(Reason::Timeout), step);
            } else {
                self.again.push_back(request);
            }
        }
        let stirred = self.vnodes.stirred();
        self.orphans = 0;
        for &partition in &stirred {
            if !self.vnodes.get(partition).is_some_and(Vnode::is_busy) {
                continue;
            }
            self.expire_leading(partition, step);
            self.resend(partition, step);
            self.purge(partition, step);
            self.give_up_preparing(partition, step);
        }
        for peer in self.peers.values_mut() {
            peer.asking.requeue_refused();
            peer.asking.requeue_unanswered(now, self.config.retry_ms);
        }
        self.fence_configurations(step);
        self.clear(&stirred, step);
        self.count_stored(step);
        self.sweep(step);
        self.compare_in_turn(step);
    }

    /// Ceases to try to lead if nobody asks any more: a ballot that a cut-off node raises
    /// again and again would depose the leader when the node is back.
    fn give_up_preparing(&mut self, partition: Partition, step: &Step<'_>) {
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let orphans = vnode.proposals.values().filter(|proposal| proposal.is_orphan()).count();
        self.orphans += orphans;
        let Some(leadership) = &vnode.leadership else { return };
        let tried = step.now.instant.since(leadership.since) >= self.config.patience_ms;
        if !leadership.established && tried && vnode.waiting.is_empty() {
            self.step_down(partition);
        }
    }
}
