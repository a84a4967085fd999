//! What took a leader too long: given up where nobody waits any more, else sent again.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::leadership::{Active, Then};
use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::step::Step;
use crate::{Message, Outcome, Reason};

impl Replica {
    /// Drops what is too late, of all that this node does as a leader.
    pub(crate) fn expire_leading(&mut self, partition: Partition, step: &mut Step<'_>) {
        let now = step.now.instant;
        let mut late = Vec::new();
        let mut freed = Vec::new();
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        late.extend(extract(&mut vnode.waiting, |request| now >= request.deadline));
        if let Some(leadership) = &mut vnode.leadership {
            let reads = extract(&mut leadership.reads, |(_, request, _)| now >= request.deadline);
            late.extend(reads.into_iter().map(|(_, request, _)| request));
            for (key, lane) in &mut leadership.lanes {
                late.extend(extract(&mut lane.queue, |request| now >= request.deadline));
                match core::mem::take(&mut lane.active) {
                    Active::Collecting(one) if now >= one.request.deadline => {
                        late.push(one.request);
                        freed.push(key.clone());
                    }
                    active => lane.active = active,
                }
            }
        }
        let mut unknown = Vec::new();
        for proposal in vnode.proposals.values_mut() {
            match core::mem::replace(&mut proposal.then, Then::Nothing) {
                Then::Answer(request, _) if now >= request.deadline => unknown.push(request),
                Then::Decide(request) if now >= request.deadline => late.push(request),
                then => proposal.then = then,
            }
        }
        let ballot = vnode.leadership.as_ref().map(|leadership| leadership.ballot);
        vnode.proposals.retain(|version, proposal| {
            Some(version.ballot) == ballot || !matches!(proposal.then, Then::Nothing)
        });
        let honest = if self.has(Mutant::UnknownCalledNotApplied) {
            Outcome::NotApplied(Reason::Timeout)
        } else {
            Outcome::Unknown
        };
        for request in unknown {
            self.complete(request.origin, honest.clone(), step);
        }
        for request in late {
            self.complete(request.origin, Outcome::NotApplied(Reason::Timeout), step);
        }
        for key in freed {
            self.free(partition, &key, step);
        }
    }

    /// Sends again what was not answered in time.
    pub(crate) fn resend(&mut self, partition: Partition, step: &mut Step<'_>) {
        let (now, retry, me) = (step.now.instant, self.config.retry_ms, self.me);
        let mut messages = Vec::new();
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        for proposal in vnode.proposals.values_mut() {
            if now.since(proposal.sent) < retry {
                continue;
            }
            proposal.sent = now;
            for to in proposal.group.others(me).filter(|to| !proposal.acks.contains(to)) {
                let (key, record) = (proposal.key.clone(), proposal.record.clone());
                messages.push((to, Message::Accept { partition, key, record }));
            }
        }
        if let Some(leadership) = &mut vnode.leadership {
            let (ballot, group) = (leadership.ballot, &leadership.group);
            for (key, lane) in &mut leadership.lanes {
                let Active::Collecting(one) = &mut lane.active else { continue };
                if now.since(one.sent) < retry {
                    continue;
                }
                one.sent = now;
                let token = one.token;
                for to in group.others(me).filter(|to| !one.answers.contains_key(to)) {
                    let key = key.clone();
                    messages.push((to, Message::Collect { token, partition, ballot, key }));
                }
            }
        }
        for (to, message) in messages {
            if self.reaches(to) {
                self.send(to, message, step);
            }
        }
    }
}

/// Takes those out of `queue` that `what` holds for.
fn extract<T>(queue: &mut VecDeque<T>, what: impl Fn(&T) -> bool) -> Vec<T> {
    let (out, rest): (Vec<T>, _) = core::mem::take(queue).into_iter().partition(|one| what(one));
    *queue = rest.into();
    out
}
