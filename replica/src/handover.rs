//! Leadership goes back to the primary once that has caught up, with nothing in flight.

use alloc::vec;
use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::step::Step;
use crate::{Ballot, Message, NodeNumber, Outcome};

impl Replica {
    /// This node has all of `partition` that `peer` had a moment ago. If it is the primary
    /// and `peer` leads, it asks for the leadership.
    pub(crate) fn caught_up(
        &mut self,
        partition: Partition,
        peer: NodeNumber,
    ) -> Option<(Partition, Ballot)> {
        let vnode = self.vnodes.get(partition)?;
        let leads = vnode.leadership.is_some();
        let wants = vnode.group.primary() == Some(self.me) && !leads && vnode.hint.node == peer;
        wants.then_some((partition, vnode.hint))
    }

    /// The primary asks for the leadership of what this node leads, or led when it stopped.
    pub(crate) fn on_claim(
        &mut self,
        from: NodeNumber,
        ballots: &[(Partition, Ballot)],
        step: &mut Step<'_>,
    ) {
        for &(partition, ballot) in ballots {
            if ballot.node != self.me {
                continue;
            }
            let Some(vnode) = self.vnodes.get_mut(partition) else {
                // It is held no more, and nothing is in flight.
                self.send(from, Message::Handover { partition, ballot }, step);
                continue;
            };
            let is_primary = vnode.group.primary() == Some(from);
            // One that clearing has left is nobody's: nobody has led here since.
            if !is_primary || vnode.hint != ballot && !vnode.hint.is_nobodys() {
                continue;
            }
            match &mut vnode.leadership {
                Some(leadership) if leadership.established => {
                    leadership.draining.get_or_insert(step.now.instant);
                    self.draining.insert(partition);
                }
                Some(_) => {}
                None => self.send(from, Message::Handover { partition, ballot }, step),
            }
        }
    }

    /// Ends what has nothing in flight any more: hands it over or, where only the configuration
    /// has changed, leads on under a new ballot. What takes too long is led on, but for what is
    /// of an earlier configuration, which can't be.
    pub(crate) fn hand_over_drained(&mut self, step: &mut Step<'_>) {
        for partition in self.draining.iter().copied().collect::<Vec<_>>() {
            let Some(vnode) = self.vnodes.get_mut(partition) else { continue };
            let Some(leadership) = vnode.leading() else { continue };
            let Some(since) = leadership.draining else { continue };
            let ballot = leadership.ballot;
            let is_idle = leadership.lanes.is_empty() && leadership.reads.is_empty();
            let in_flight = vnode.proposals.keys().any(|version| version.ballot == ballot);
            let now = step.now.instant;
            let is_late = now.since(since) >= self.config.handover_ms;
            let is_over = ballot.configuration < vnode.group.configuration;
            let ends = is_idle && !in_flight || is_late && is_over;
            if ends || self.has(Mutant::HandoverInFlight) {
                if let Some(to) = self.heir(partition) {
                    self.hand_over(partition, ballot, to, step);
                } else {
                    self.step_down(partition);
                    self.prepare(partition, step);
                }
            } else if is_late {
                let Some(vnode) = self.vnodes.get_mut(partition) else { continue };
                if let Some(leadership) = vnode.leading() {
                    leadership.draining = None;
                }
                self.again.extend(vnode.waiting.drain(..));
                self.draining.remove(&partition);
            }
        }
    }

    /// Who leads after this node, if not this node itself. After a move that is the first of
    /// the new holders, which has all that the others have; otherwise it will claim, once it
    /// has.
    fn heir(&self, partition: Partition) -> Option<NodeNumber> {
        let vnode = self.vnodes.get(partition)?;
        let leadership = vnode.leadership.as_ref()?;
        let primary = vnode.group.primary().filter(|&primary| primary != self.me)?;
        let is_present = leadership.ballot.configuration == vnode.group.configuration;
        let is_ready = leadership.group.next.contains(&primary) && self.reaches(primary);
        (is_present || is_ready || !vnode.group.may_lead(self.me)).then_some(primary)
    }

    /// What waits is handed to `to` as well: nothing of it was ever proposed.
    fn hand_over(
        &mut self,
        partition: Partition,
        ballot: Ballot,
        to: NodeNumber,
        step: &mut Step<'_>,
    ) {
        let hasty = self.has(Mutant::HandoverInFlight);
        self.step_down(partition);
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let until = step.now.instant.after(self.config.patience_ms);
        vnode.successor = Some((to, until));
        if hasty {
            let in_flight = core::mem::take(&mut vnode.proposals);
            for proposal in in_flight.into_values() {
                if let crate::leadership::Then::Answer(request, _) = proposal.then {
                    self.complete(request.origin, Outcome::Unknown, step);
                }
            }
        }
        self.send(to, Message::Handover { partition, ballot }, step);
    }

    /// The leader under `ballot` has finished: unless somebody else came in between, this
    /// node leads now.
    pub(crate) fn on_handover(
        &mut self,
        partition: Partition,
        ballot: Ballot,
        step: &mut Step<'_>,
    ) {
        let Some(vnode) = self.vnodes.get(partition) else { return };
        let is_next = vnode.group.primary() == Some(self.me) && vnode.hint == ballot;
        if is_next && vnode.leadership.is_none() && step.now.instant >= self.no_lead_before {
            self.prepare(partition, step);
        }
    }

    /// Sends what [`caught_up`](Self::caught_up) wants.
    pub(crate) fn claim(
        &mut self,
        peer: NodeNumber,
        ballots: impl IntoIterator<Item = (Partition, Ballot)>,
        step: &mut Step<'_>,
    ) {
        let mut all = vec![];
        all.extend(ballots);
        if !all.is_empty() {
            self.send(peer, Message::Claim { ballots: all }, step);
        }
    }
}
