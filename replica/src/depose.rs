//! Ceasing to lead.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::leadership::{Active, Then};
use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::request::{Origin, Request};
use crate::step::Step;
use crate::{Ballot, NodeNumber, Outcome, Version};

impl Replica {
    /// `ballot` is about. If it is above the one that this node leads under, it no longer
    /// leads: what it has not proposed goes elsewhere, and what it has is not touched again.
    pub(crate) fn depose(&mut self, partition: Partition, ballot: Ballot) {
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        vnode.see(ballot);
        if vnode.leadership.as_ref().is_some_and(|leadership| leadership.ballot < ballot) {
            self.step_down(partition);
        }
    }

    /// Gives up `ballot`: this node's disk refused what it needs to lead.
    pub(crate) fn resign(&mut self, partition: Partition, ballot: Ballot) {
        let Some(vnode) = self.vnodes.get(partition) else { return };
        if vnode.leadership.as_ref().is_some_and(|leadership| leadership.ballot == ballot) {
            self.step_down(partition);
        }
    }

    /// Ceases to lead, or to try.
    pub(crate) fn step_down(&mut self, partition: Partition) {
        let resends = self.has(Mutant::DeposedResends);
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
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
        let mut lingering = BTreeMap::new();
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
        self.again
            .extend(elsewhere.into_iter().filter(|request| request.origin != Origin::Housekeeping));
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
        self.depose(partition, promised);
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        for (version, proposal) in &mut vnode.proposals {
            if version.ballot == ballot
                && !proposal.refusals.contains(&from)
                && !proposal.acks.contains(&from)
            {
                proposal.refusals.push(from);
            }
        }
        let hopeless = vnode.proposals.extract_if(.., |_, proposal| proposal.is_hopeless());
        let hopeless: Vec<_> = hopeless.map(|(_, proposal)| proposal.then).collect();
        for then in hopeless {
            if let Then::Answer(request, _) = then {
                self.complete(request.origin, Outcome::Unknown, step);
            }
        }
    }
}
