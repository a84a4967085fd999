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
        let vnode = self.vnodes.get(&partition)?;
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
            let Some(vnode) = self.vnodes.get_mut(&partition) else { continue };
            let is_primary = vnode.group.primary() == Some(from);
            if !is_primary || vnode.hint != ballot || ballot.node != self.me {
                continue;
            }
            match &mut vnode.leadership {
                Some(leadership) if leadership.established => {
                    leadership.draining.get_or_insert((from, step.now.instant));
                    self.draining.insert(partition);
                }
                Some(_) => {}
                None => self.send(from, Message::Handover { partition, ballot }, step),
            }
        }
    }

    /// Hands over what has nothing in flight any more; goes on leading what takes too long.
    pub(crate) fn hand_over_drained(&mut self, step: &mut Step<'_>) {
        for partition in self.draining.iter().copied().collect::<Vec<_>>() {
            let Some(vnode) = self.vnodes.get_mut(&partition) else { continue };
            let Some(leadership) = vnode.leading() else { continue };
            let Some((to, since)) = leadership.draining else { continue };
            let ballot = leadership.ballot;
            let is_idle = leadership.lanes.is_empty() && leadership.reads.is_empty();
            let in_flight = vnode.proposals.keys().any(|version| version.ballot == ballot);
            let now = step.now.instant;
            if is_idle && !in_flight || self.has(Mutant::HandoverInFlight) {
                self.hand_over(partition, ballot, to, step);
            } else if now.since(since) >= self.config.handover_ms {
                let Some(vnode) = self.vnodes.get_mut(&partition) else { continue };
                if let Some(leadership) = vnode.leading() {
                    leadership.draining = None;
                }
                self.again.extend(vnode.waiting.drain(..));
                self.draining.remove(&partition);
            }
        }
    }

    /// What waits is handed to `to` as well: nothing of it was ever proposed.
    fn hand_over(
        &mut self,
        partition: Partition,
        ballot: Ballot,
        to: NodeNumber,
        step: &mut Step<'_>,
    ) {
        self.step_down(partition);
        self.draining.remove(&partition);
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let until = step.now.instant.after(self.config.patience_ms);
        vnode.successor = Some((to, until));
        // None, but for a mutant.
        let in_flight = core::mem::take(&mut vnode.proposals);
        for proposal in in_flight.into_values() {
            if let crate::leadership::Then::Answer(request, _) = proposal.then {
                self.complete(request.origin, Outcome::Unknown, step);
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
        let Some(vnode) = self.vnodes.get(&partition) else { return };
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
