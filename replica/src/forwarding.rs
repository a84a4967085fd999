//! Requests handed to the leader, and handed over by others.

use alloc::collections::btree_map::Entry;

use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::request::{Origin, Request};
use crate::step::Step;
use crate::{Incarnation, Instant, Message, NodeNumber, Outcome, Reason, Token};

/// A request handed to the leader.
#[derive(Debug)]
pub(crate) struct Forwarded {
    pub(crate) request: Request,
    to: NodeNumber,
    pub(crate) sent: Instant,
    /// It has been unanswered for long enough to distrust the leader.
    pub(crate) distrusted: bool,
}

impl Replica {
    /// Hands `request` to `to`. From here on a write may have been applied.
    pub(crate) fn forward(&mut self, request: Request, to: NodeNumber, step: &mut Step<'_>) {
        let session = self.peers.get(&to).and_then(|peer| peer.session);
        let Some(session) = session.filter(|_| Self::may_hop(&request)) else {
            self.complete(request.origin, Outcome::NotApplied(Reason::NotLeading), step);
            return;
        };
        let (id, now) = (self.token(), step.now.instant);
        let message = Message::Forward {
            id,
            to: session,
            partition: request.partition,
            key: request.key.clone(),
            operation: request.operation.clone(),
            timeout_ms: request.deadline.since(now),
            hops: request.hops + 1,
        };
        self.forwards.insert(id, Forwarded { request, to, sent: now, distrusted: false });
        self.send(to, message, step);
    }

    /// A peer hands a request over. Done at most once, however often it is delivered: what
    /// was meant for an earlier start of this node may have been done by that one.
    pub(crate) fn on_forward(
        &mut self,
        from: NodeNumber,
        id: Token,
        to: Incarnation,
        request: Request,
        step: &mut Step<'_>,
    ) {
        let repeated = self.has(Mutant::ForwardRepeated);
        let peer = self.peers.entry(from).or_default();
        let first = peer.seen.is_first(id) && to == self.incarnation;
        if first || repeated {
            self.admit(request, step);
        }
    }

    /// The leader answers; nobody else can. If it has not applied the request it is tried anew
    /// from here.
    pub(crate) fn on_answer(
        &mut self,
        from: NodeNumber,
        id: Token,
        outcome: Outcome,
        step: &mut Step<'_>,
    ) {
        let Entry::Occupied(forwarded) = self.forwards.entry(id) else { return };
        if forwarded.get().to != from {
            return;
        }
        let Forwarded { request, .. } = forwarded.remove();
        let until = step.now.instant.after(self.config.patience_ms);
        if let Some(peer) = self.peers.get_mut(&from) {
            let refuses = outcome == Outcome::NotApplied(Reason::Disk);
            peer.suspected_until = if refuses { until } else { Instant::default() };
        }
        match outcome {
            Outcome::NotApplied(Reason::NotLeading | Reason::Disk)
                if matches!(request.origin, Origin::Client(_)) =>
            {
                self.park(request);
            }
            outcome => self.complete(request.origin, outcome, step),
        }
    }

    pub(crate) fn on_reachable(&mut self, node: NodeNumber, incarnation: Incarnation) {
        let peer = self.peers.entry(node).or_default();
        peer.session = Some(incarnation);
        peer.suspected_until = Instant::default();
        self.check_against(node);
        let led = self.vnodes.iter().filter(|(_, vnode)| {
            vnode.leadership.as_ref().is_some_and(|leadership| leadership.lacks(node))
        });
        let lacking: alloc::vec::Vec<_> = led.map(|(partition, _)| partition).collect();
        if let Some(peer) = self.peers.get_mut(&node) {
            peer.asking.forget();
            peer.asking.queued.extend(lacking);
        }
    }

    /// No answer will come from `node` any more. Reads go elsewhere; of the writes that it
    /// was handed nobody knows.
    pub(crate) fn on_unreachable(&mut self, node: NodeNumber, step: &mut Step<'_>) {
        if let Some(peer) = self.peers.get_mut(&node) {
            peer.session = None;
        }
        self.lose_copies_from(node);
        let lost = self.forwards.extract_if(.., |_, forwarded| forwarded.to == node);
        let lost: alloc::vec::Vec<_> = lost.map(|(_, forwarded)| forwarded.request).collect();
        for request in lost {
            if request.operation.is_write() {
                self.complete(request.origin, Outcome::Unknown, step);
            } else {
                self.again.push_back(request);
            }
        }
    }

    /// Distrusts leaders that leave requests unanswered, tries reads elsewhere, and gives up
    /// on what is too late.
    pub(crate) fn expire_forwards(&mut self, step: &mut Step<'_>) {
        let (now, patience) = (step.now.instant, self.config.patience_ms);
        for forwarded in self.forwards.values_mut() {
            if !forwarded.distrusted && now.since(forwarded.sent) >= patience {
                forwarded.distrusted = true;
                if let Some(peer) = self.peers.get_mut(&forwarded.to) {
                    peer.suspected_until = now.after(patience);
                }
            }
        }
        let over = self.forwards.extract_if(.., |_, Forwarded { request, distrusted, .. }| {
            now >= request.deadline || (*distrusted && !request.operation.is_write())
        });
        let over: alloc::vec::Vec<_> = over.map(|(_, forwarded)| forwarded.request).collect();
        for request in over {
            if request.operation.is_write() {
                self.complete(request.origin, Outcome::Unknown, step);
            } else {
                self.again.push_back(request);
            }
        }
    }
}
