//! Asking the other holders for their promise: to become leader, and before each read
//! whether one still is. It is the same question, so it is the same message, and one holds
//! all that there is to ask of a peer.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::leadership::Leadership;
use crate::mutant::Mutant;
use crate::peer::Round;
use crate::replica::Replica;
use crate::request::Request;
use crate::step::Step;
use crate::{Ballot, Message, NodeNumber, Outcome, Token};

impl Replica {
    /// Answers once a majority has confirmed, after now, that this node leads: so nobody else
    /// can have committed anything before now that the answer leaves out.
    pub(crate) fn confirm(&mut self, request: Request, outcome: Outcome, step: &mut Step<'_>) {
        if self.has(Mutant::ReadUnconfirmed) {
            self.complete(request.origin, outcome, step);
            return;
        }
        let partition = request.partition;
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        if vnode.group.replicas == [self.me] && !vnode.group.is_moving() {
            // It is the only holder: there is nobody to ask.
            self.complete(request.origin, outcome, step);
            return;
        }
        let Some(leadership) = vnode.leading() else { return };
        leadership.asked += 1;
        leadership.reads.push_back((leadership.asked, request, outcome));
        self.ask_others(partition);
        self.confirmed(partition, step);
    }

    /// This node's own promise is durable: now the others are asked.
    pub(crate) fn own_promise(
        &mut self,
        partition: Partition,
        ballot: Ballot,
        step: &mut Step<'_>,
    ) {
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(leadership) = vnode.leadership.as_mut() else { return };
        if leadership.ballot == ballot {
            leadership.own_promise = true;
            self.ask_others(partition);
            self.confirmed(partition, step);
        }
    }

    /// Queues the question to the other holders whether they (still) promise.
    pub(crate) fn ask_others(&mut self, partition: Partition) {
        let Some(vnode) = self.vnodes.get(partition) else { return };
        let Some(leadership) = &vnode.leadership else { return };
        for node in leadership.group.others(self.me) {
            self.peers.entry(node).or_default().asking.queued.insert(partition);
        }
    }

    /// Sends each peer that owes no answer what is queued for it, in one message.
    pub(crate) fn ask_for_promises(&mut self, step: &mut Step<'_>) {
        let now = step.now.instant;
        let mut rounds = Vec::new();
        for (&node, peer) in &mut self.peers {
            if peer.asking.queued.is_empty() || peer.asking.is_busy(now, self.config.retry_ms) {
                continue;
            }
            // Only the last unanswered round is looked at when its time is over.
            peer.asking.requeue_unanswered(now, self.config.retry_ms);
            let mut items = Vec::new();
            for partition in core::mem::take(&mut peer.asking.queued) {
                let vnode = self.vnodes.get(partition);
                let leadership = vnode.and_then(|vnode| vnode.leadership.as_ref());
                // Who leads already has no need of one that can't be reached.
                let is_useful = |asks: &&Leadership| peer.session.is_some() || !asks.established;
                let asks = leadership.filter(|asks| asks.own_promise && asks.lacks(node));
                let asks = asks.filter(is_useful);
                items.extend(asks.map(|asks| (partition, asks.ballot, asks.asked)));
            }
            if !items.is_empty() {
                rounds.push((node, items));
            }
        }
        for (node, items) in rounds {
            let token = self.token();
            let ballots = items.iter().map(|&(partition, ballot, _)| (partition, ballot)).collect();
            if let Some(peer) = self.peers.get_mut(&node) {
                peer.asking.begin(Round { token, sent: now, items });
            }
            self.send(node, Message::Prepare { token, ballots }, step);
        }
    }

    /// A peer has promised, or still does.
    pub(crate) fn on_promised(
        &mut self,
        from: NodeNumber,
        token: Token,
        refused: &[(Partition, Ballot)],
        step: &mut Step<'_>,
    ) {
        let Some(peer) = self.peers.get_mut(&from) else { return };
        let Some(round) = peer.asking.answered(token) else { return };
        let refusals: BTreeSet<Partition> =
            refused.iter().map(|&(partition, _)| partition).collect();
        for &(partition, promised) in refused {
            self.depose(partition, promised);
        }
        let mut peer_refuses = Vec::new();
        for (partition, ballot, number) in round.items {
            let vnode = self.vnodes.get_mut(partition);
            let Some(leadership) = vnode.and_then(|vnode| vnode.leadership.as_mut()) else {
                continue;
            };
            if leadership.ballot != ballot {
                continue;
            }
            if refusals.contains(&partition) {
                // By nobody's higher ballot: the peer's view is another one.
                peer_refuses.push(partition);
            } else {
                leadership.grant(from, number);
                if leadership.lacks(from)
                    && let Some(peer) = self.peers.get_mut(&from)
                {
                    peer.asking.queued.insert(partition);
                }
                self.confirmed(partition, step);
            }
        }
        if let Some(peer) = self.peers.get_mut(&from) {
            peer.asking.refused.extend(peer_refuses);
        }
    }

    /// Does what a majority's promise allows: lead, and answer reads that waited for it.
    pub(crate) fn confirmed(&mut self, partition: Partition, step: &mut Step<'_>) {
        let (me, is_majority) = (self.me, self.majority_rule());
        let is_granted = |this: &Self, number: u64| {
            let vnode = this.vnodes.get(partition)?;
            let leadership = vnode.leadership.as_ref()?;
            Some(is_majority(&leadership.group, &leadership.granted(number, me)))
        };
        if is_granted(self, 1) != Some(true) {
            return;
        }
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(leadership) = vnode.leadership.as_mut() else { return };
        if leadership.probes {
            vnode.leadership = None;
            self.prepare(partition, step);
            return;
        }
        if !leadership.established {
            leadership.established = true;
            self.settle_left_over(partition, step);
            if let Some(vnode) = self.vnodes.get_mut(partition) {
                self.again.extend(vnode.waiting.drain(..));
            }
            return;
        }
        while let Some(number) = self
            .vnodes
            .get(partition)
            .and_then(|vnode| vnode.leadership.as_ref()?.reads.front())
            .map(|&(number, ..)| number)
        {
            if is_granted(self, number) != Some(true) {
                break;
            }
            let vnode = self.vnodes.get_mut(partition);
            let reads = vnode.and_then(|vnode| vnode.leadership.as_mut());
            let Some((_, request, outcome)) = reads.and_then(|one| one.reads.pop_front()) else {
                break;
            };
            self.complete(request.origin, outcome, step);
        }
    }
}
