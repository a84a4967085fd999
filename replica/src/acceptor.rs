//! The replica's side: promises, accepts, and what is asked of its records.

use alloc::vec::Vec;

use ringway_ring::{Key, Partition};

use crate::disk::Deferred;
use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::standing::Standing;
use crate::step::Step;
use crate::{Ballot, Message, NodeNumber, PartitionState, Record, Token, Write};

/// What a leader claims with its ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Claimed {
    /// To lead.
    Promise,
    /// To read and store a record.
    Storage,
    /// To remove a tombstone.
    Removal,
}

impl Replica {
    /// Promises every ballot that is not below what was promised. The answer waits until the
    /// promises are durable.
    pub(crate) fn on_prepare(
        &mut self,
        from: NodeNumber,
        token: Token,
        ballots: Vec<(Partition, Ballot)>,
        step: &mut Step<'_>,
    ) {
        if !ballots.is_sorted_by(|(one, _), (next, _)| one < next) {
            // No replica asks like this. Of two ballots for one partition the second could be
            // the lower, and a promise never goes back.
            return;
        }
        let (mut refused, mut writes, mut until) = (Vec::new(), Vec::new(), None);
        for (partition, ballot) in ballots {
            match self.fence(partition, ballot, Claimed::Promise) {
                Some(Ok(state)) => {
                    writes.extend(self.raised(partition, state));
                    let pending = self.vnodes.get(partition).and_then(|vnode| vnode.state_until);
                    until = until.max(pending);
                }
                Some(Err(promised)) => refused.push((partition, promised)),
                // Not held here, or not under this configuration: no promise, and no higher
                // ballot to tell of either.
                None => refused.push((partition, ballot)),
            }
        }
        if !writes.is_empty() {
            until = Some(self.submit(writes, step));
        }
        let message = Message::Promised { token, refused };
        self.defer(until, Deferred::Send { to: from, message }, step);
    }

    /// Accepts a record, unless a higher ballot was promised. Idempotent.
    pub(crate) fn on_accept(
        &mut self,
        from: NodeNumber,
        partition: Partition,
        key: &Key<'static>,
        record: Record,
        step: &mut Step<'_>,
    ) {
        let version = record.accepted;
        let ballot = version.ballot;
        let Some(fence) = self.fence(partition, ballot, Claimed::Storage) else { return };
        let local = self.head(partition, key, step);
        // A copy from a higher ballot is as good as having heard of that ballot.
        let copied = local.as_ref().map(|local| local.accepted.ballot);
        let state = match (fence, copied.filter(|&copied| copied > ballot)) {
            (Err(promised), _) | (Ok(_), Some(promised)) => {
                self.send(from, Message::Refused { partition, ballot, promised }, step);
                return;
            }
            (Ok(state), None) => state,
        };
        if local.is_none() && version <= state.floor && !self.has(Mutant::FloorIgnored) {
            // It was delayed: the leader needs no acknowledgement of it any more. Had this
            // replica missed it, anti-entropy would bring it.
            return;
        }
        let mut writes: Vec<Write> = self.raised(partition, state).into_iter().collect();
        if local.is_none_or(|local| local.accepted < version) {
            writes.push(Write::record(partition, key.clone(), Some(record)));
        }
        let until = if writes.is_empty() {
            self.vnodes.get(partition).and_then(|vnode| vnode.until(key))
        } else {
            Some(self.submit(writes, step))
        };
        let message = Message::Accepted { partition, version };
        self.defer(until, Deferred::Send { to: from, message }, step);
    }

    /// Tells a leader what is stored of a key, and promises its ballot as if it had prepared
    /// here: or an older leader's accept could come in right after the answer.
    pub(crate) fn on_collect(
        &mut self,
        from: NodeNumber,
        token: Token,
        partition: Partition,
        ballot: Ballot,
        key: Key<'static>,
        step: &mut Step<'_>,
    ) {
        match self.fence(partition, ballot, Claimed::Storage) {
            None => return,
            Some(Err(promised)) => {
                self.send(from, Message::Refused { partition, ballot, promised }, step);
                return;
            }
            Some(Ok(state)) => {
                let writes: Vec<Write> = self.raised(partition, state).into_iter().collect();
                if !writes.is_empty() {
                    self.submit(writes, step);
                }
            }
        }
        let record = self.record(partition, &key, step);
        let until = self.vnodes.get(partition).and_then(|vnode| vnode.until(&key));
        let message = Message::Collected { token, partition, key, record };
        self.defer(until, Deferred::Send { to: from, message }, step);
    }

    /// Compares `ballot` with what was promised: the state in which it is promised, perhaps
    /// yet to be stored, or the higher ballot that was. `None` if nothing is to be said: the
    /// partition is not held, or not under the ballot's configuration.
    ///
    /// A leader of an earlier configuration is helped to finish, as long as nobody was promised
    /// anything against it, but not to begin. Of a later one this node must hear first.
    ///
    /// If `ballot` is above one that this node leads under, it no longer does.
    pub(crate) fn fence(
        &mut self,
        partition: Partition,
        ballot: Ballot,
        claimed: Claimed,
    ) -> Option<Result<PartitionState, Ballot>> {
        let vnode = self.vnodes.get(partition)?;
        let (state, configuration) = (vnode.state, vnode.group.configuration);
        let is_earlier = ballot.configuration < configuration;
        let helps = match claimed {
            Claimed::Promise => ballot == state.promised,
            Claimed::Storage => true,
            Claimed::Removal => false,
        };
        let listens = match vnode.standing {
            Standing::Member => helps || !is_earlier,
            Standing::Finishing(_) => helps && is_earlier,
            Standing::Outrun | Standing::Clearing => false,
        };
        let is_before = ballot.configuration < state.since;
        if !listens || is_before || ballot.configuration > configuration {
            return None;
        }
        if ballot < state.promised {
            return Some(Err(state.promised));
        }
        self.depose(partition, ballot);
        Some(Ok(PartitionState { promised: ballot, ..state }))
    }

    /// The store of `state`, if it is not stored already.
    pub(crate) fn raised(&self, partition: Partition, state: PartitionState) -> Option<Write> {
        let vnode = self.vnodes.get(partition)?;
        (vnode.state != state).then_some(Write::State { partition, state })
    }
}
