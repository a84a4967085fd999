//! Writes that an earlier ballot of this node left in flight, and whose clients still wait.
//!
//! They are never sent under another version. But whoever leads next may find one of them and
//! adopt it; if that is this node again it knows what became of it, and need not leave its client
//! without an answer. So it looks at those keys first, before it takes anything else on.

use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::leadership::{Proposal, Then};
use crate::replica::Replica;
use crate::request::{Origin, Request};
use crate::step::Step;
use crate::vnode::Vnode;
use crate::{Ballot, Operation, Outcome, Version};

impl Replica {
    /// This node leads `partition` again: settles the keys of what it left in flight.
    pub(crate) fn settle_left_over(&mut self, partition: Partition, step: &mut Step<'_>) {
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(ballot) = vnode.leading().map(|leadership| leadership.ballot) else { return };
        let requests: Vec<Request> = left_over(vnode, ballot)
            .filter_map(|(_, proposal)| match &proposal.then {
                Then::Answer(request, _) => Some(Request {
                    origin: Origin::Housekeeping,
                    partition,
                    key: proposal.key.clone(),
                    operation: Operation::Settle,
                    deadline: request.deadline,
                    hops: 0,
                }),
                Then::Decide(_) | Then::Nothing => None,
            })
            .collect();
        for request in requests {
            self.serve(request, step);
        }
    }

    /// Whether a client still waits for the write of `written`, of a ballot before `ballot`.
    pub(crate) fn is_left_over(
        &self,
        partition: Partition,
        written: Version,
        ballot: Ballot,
    ) -> bool {
        self.vnodes.get(partition).is_some_and(|vnode| vnode.has_left_over(written, ballot))
    }
}

impl Vnode {
    fn has_left_over(&self, written: Version, ballot: Ballot) -> bool {
        let mut all = left_over(self, ballot);
        all.any(|(&version, one)| version == written && matches!(one.then, Then::Answer(..)))
    }

    /// What is committed under `ballot` is the write of `written`. If that is one that was left
    /// in flight it has taken effect, by being adopted: who waits for it, and what to say.
    pub(crate) fn take_left_over(
        &mut self,
        written: Version,
        ballot: Ballot,
    ) -> Option<(Request, Outcome)> {
        if !self.has_left_over(written, ballot) {
            return None;
        }
        match self.proposals.remove(&written)?.then {
            Then::Answer(request, outcome) => Some((request, outcome)),
            Then::Decide(_) | Then::Nothing => None,
        }
    }
}

/// What is in flight of ballots before `ballot`: the lowest versions, so to find that there is
/// none costs nothing.
fn left_over(vnode: &Vnode, ballot: Ballot) -> impl Iterator<Item = (&Version, &Proposal)> {
    vnode.proposals.iter().take_while(move |(version, _)| version.ballot < ballot)
}
