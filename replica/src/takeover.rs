//! Becoming leader, making sure of it, and ceasing to be.

use alloc::collections::BTreeSet;
use alloc::vec;
use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::disk::Deferred;
use crate::leadership::{Active, Leadership, Then};
use crate::mutant::Mutant;
use crate::peer::Round;
use crate::replica::{Replica, Step};
use crate::request::Request;
use crate::{Ballot, Message, NodeNumber, Outcome, PartitionState, Token, Version, Write};

/// Random pauses between attempts to lead double this often at most.
const MAX_DOUBLINGS: u32 = 5;

impl Replica {
    /// Tries to lead `partition` under a ballot above all that this node has heard of.
    pub(crate) fn prepare(&mut self, partition: Partition, step: &mut Step<'_>) {
        let now = step.now.instant;
        let pause = |attempts: u32, base: u64| base << attempts.min(MAX_DOUBLINGS);
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let highest = vnode.hint.max(vnode.state.promised);
        let ballot = highest.next(vnode.group.configuration, self.me);
        vnode.leadership = Some(Leadership::new(ballot, now));
        let pause = self.random.below(1 + pause(vnode.attempts, self.config.backoff_ms));
        vnode.not_before = now.after(pause);
        vnode.attempts = vnode.attempts.saturating_add(1);
        let state = PartitionState { promised: ballot, ..vnode.state };
        let ticket = self.submit(vec![Write::State { partition, state }], step);
        self.defer(Some(ticket), Deferred::OwnPromise { partition, ballot }, step);
    }

    /// This node's own promise is durable: now the others are asked.
    pub(crate) fn own_promise(
        &mut self,
        partition: Partition,
        ballot: Ballot,
        step: &mut Step<'_>,
    ) {
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(leadership) = vnode.leadership.as_mut() else { return };
        if leadership.ballot == ballot {
            leadership.own_promise = true;
            self.ask_others(partition);
            self.confirmed(partition, step);
        }
    }

    /// Queues the question to the other holders whether they (still) promise.
    pub(crate) fn ask_others(&mut self, partition: Partition) {
        let Some(vnode) = self.vnodes.get(&partition) else { return };
        for node in vnode.group.others(self.me) {
            if let Some(peer) = self.peers.get_mut(&node) {
                peer.asking.queued.insert(partition);
            }
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
            let mut items = Vec::new();
            for partition in core::mem::take(&mut peer.asking.queued) {
                let vnode = self.vnodes.get(&partition);
                let leadership = vnode.and_then(|vnode| vnode.leadership.as_ref());
                let asks = leadership.filter(|asks| asks.own_promise && asks.lacks(node));
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
            self.depose(partition, promised, step);
        }
        for (partition, ballot, number) in round.items {
            let vnode = self.vnodes.get_mut(&partition);
            let Some(leadership) = vnode.and_then(|vnode| vnode.leadership.as_mut()) else {
                continue;
            };
            if leadership.ballot == ballot && !refusals.contains(&partition) {
                leadership.grant(from, number);
                if leadership.lacks(from)
                    && let Some(peer) = self.peers.get_mut(&from)
                {
                    peer.asking.queued.insert(partition);
                }
                self.confirmed(partition, step);
            }
        }
    }

    /// Does what a majority's promise allows: lead, and answer reads that waited for it.
    pub(crate) fn confirmed(&mut self, partition: Partition, step: &mut Step<'_>) {
        let me = self.me;
        let is_granted = |this: &Self, number: u64| {
            let vnode = this.vnodes.get(&partition)?;
            let granted = vnode.leadership.as_ref()?.granted(number, me);
            Some(this.is_majority(&vnode.group, &granted))
        };
        if is_granted(self, 1) != Some(true) {
            return;
        }
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(leadership) = vnode.leadership.as_mut() else { return };
        if !leadership.established {
            leadership.established = true;
            self.again.extend(vnode.waiting.drain(..));
            return;
        }
        while let Some(number) = self
            .vnodes
            .get(&partition)
            .and_then(|vnode| vnode.leadership.as_ref()?.reads.front())
            .map(|&(number, ..)| number)
        {
            if is_granted(self, number) != Some(true) {
                break;
            }
            let vnode = self.vnodes.get_mut(&partition);
            let reads = vnode.and_then(|vnode| vnode.leadership.as_mut());
            let Some((_, request, outcome)) = reads.and_then(|one| one.reads.pop_front()) else {
                break;
            };
            self.complete(request.origin, outcome, step);
        }
    }

    /// `ballot` is about. If it is above the one that this node leads under, it no longer
    /// leads: what it has not proposed goes elsewhere, and what it has is not touched again.
    pub(crate) fn depose(&mut self, partition: Partition, ballot: Ballot, _: &mut Step<'_>) {
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        vnode.see(ballot);
        if vnode.leadership.as_ref().is_some_and(|leadership| leadership.ballot < ballot) {
            self.step_down(partition);
        }
    }

    /// Gives up `ballot`: this node's disk refused what it needs to lead.
    pub(crate) fn resign(&mut self, partition: Partition, ballot: Ballot, _: &mut Step<'_>) {
        let Some(vnode) = self.vnodes.get(&partition) else { return };
        if vnode.leadership.as_ref().is_some_and(|leadership| leadership.ballot == ballot) {
            self.step_down(partition);
        }
    }

    /// Ceases to lead, or to try.
    pub(crate) fn step_down(&mut self, partition: Partition) {
        let resends = self.has(Mutant::DeposedResends);
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(leadership) = vnode.leadership.take() else { return };
        let mut elsewhere: Vec<Request> = vnode.waiting.drain(..).collect();
        elsewhere.extend(leadership.reads.into_iter().map(|(_, request, _)| request));
        for lane in leadership.lanes.into_values() {
            if let Active::Collecting(collecting) = lane.active {
                elsewhere.push(collecting.request);
            }
            elsewhere.extend(lane.queue);
        }
        let own = |version: &Version| version.ballot == leadership.ballot;
        let mut lingering = alloc::collections::BTreeMap::new();
        for (version, mut proposal) in core::mem::take(&mut vnode.proposals) {
            if own(&version) {
                match core::mem::replace(&mut proposal.then, Then::Nothing) {
                    Then::Answer(request, outcome) if !resends => {
                        proposal.then = Then::Answer(request, outcome);
                    }
                    Then::Answer(request, _) | Then::Decide(request) => {
                        elsewhere.push(request);
                        continue;
                    }
                    Then::Nothing => continue,
                }
            }
            lingering.insert(version, proposal);
        }
        vnode.proposals = lingering;
        self.draining.remove(&partition);
        self.again.extend(
            elsewhere
                .into_iter()
                .filter(|request| request.origin != crate::request::Origin::Housekeeping),
        );
    }

    /// Someone refused `ballot`.
    pub(crate) fn on_refused(
        &mut self,
        from: NodeNumber,
        partition: Partition,
        ballot: Ballot,
        promised: Ballot,
        step: &mut Step<'_>,
    ) {
        self.depose(partition, promised, step);
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let group = &vnode.group;
        for (version, proposal) in &mut vnode.proposals {
            if version.ballot == ballot
                && !proposal.refusals.contains(&from)
                && !proposal.acks.contains(&from)
            {
                proposal.refusals.push(from);
            }
        }
        let hopeless = vnode.proposals.extract_if(.., |_, proposal| proposal.is_hopeless(group));
        let hopeless: Vec<_> = hopeless.map(|(_, proposal)| proposal.then).collect();
        for then in hopeless {
            if let Then::Answer(request, _) = then {
                self.complete(request.origin, Outcome::Unknown, step);
            }
        }
    }
}
