//! The replica's side: promises, accepts, and what is asked of its records.

use alloc::vec;
use alloc::vec::Vec;

use ringway_ring::{Key, Partition};

use crate::disk::Deferred;
use crate::mutant::Mutant;
use crate::replica::{Replica, Step};
use crate::{Ballot, Message, NodeNumber, PartitionState, Record, Token, Write};

/// What a message that carries a ballot meets.
enum Fence {
    /// A higher ballot.
    Refused(Ballot),
    /// The ballot that is promised already.
    Promised,
    /// A lower one; this state is to be stored along with whatever the message brings.
    Raises(PartitionState),
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
        let (mut refused, mut writes, mut until) = (Vec::new(), Vec::new(), None);
        for (partition, ballot) in ballots {
            match self.fence(partition, ballot, step) {
                Some(Fence::Raises(state)) => writes.push(Write::State { partition, state }),
                Some(Fence::Promised) => {
                    let pending = self.vnodes.get(&partition).and_then(|vnode| vnode.state_until);
                    until = until.max(pending);
                }
                Some(Fence::Refused(promised)) => refused.push((partition, promised)),
                // Not held here: the highest of all ballots would be a lie, so its own.
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
        let Some(fence) = self.fence(partition, version.ballot, step) else { return };
        let local = self.record(partition, key, step);
        let newer = local.as_ref().map(|local| local.accepted.ballot);
        if let Some(promised) = fence.refusal().max(newer.filter(|&newer| newer > version.ballot)) {
            let message = Message::Refused { partition, ballot: version.ballot, promised };
            self.send(from, message, step);
            return;
        }
        let Some(vnode) = self.vnodes.get(&partition) else { return };
        if local.is_none() && version <= vnode.state.floor && !self.has(Mutant::FloorIgnored) {
            // It was delayed: the leader needs no acknowledgement of it any more. Had this
            // replica missed it, anti-entropy would bring it.
            return;
        }
        let mut writes = fence.writes(partition);
        if local.is_none_or(|local| local.accepted < version) {
            writes.push(Write::Record { partition, key: key.clone(), record: Some(record) });
        }
        let until = if writes.is_empty() {
            self.vnodes.get(&partition).and_then(|vnode| vnode.until(key))
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
        let Some(fence) = self.fence(partition, ballot, step) else { return };
        let record = self.record(partition, &key, step);
        if let Some(promised) = fence.refusal() {
            self.send(from, Message::Refused { partition, ballot, promised }, step);
            return;
        }
        let writes = fence.writes(partition);
        if !writes.is_empty() {
            self.submit(writes, step);
        }
        let until = self.vnodes.get(&partition).and_then(|vnode| vnode.until(&key));
        let message = Message::Collected { token, partition, key, record };
        self.defer(until, Deferred::Send { to: from, message }, step);
    }

    /// What `ballot` meets here; `None` if the partition is not held. If it is higher than a
    /// ballot that this node leads under, it no longer does.
    fn fence(
        &mut self,
        partition: Partition,
        ballot: Ballot,
        step: &mut Step<'_>,
    ) -> Option<Fence> {
        let vnode = self.vnodes.get(&partition)?;
        let state = vnode.state;
        if ballot < state.promised {
            return Some(Fence::Refused(state.promised));
        }
        if ballot == state.promised {
            return Some(Fence::Promised);
        }
        self.depose(partition, ballot, step);
        Some(Fence::Raises(PartitionState { promised: ballot, ..state }))
    }

    /// As [`fence`](Self::fence) for a purge, whose state is stored with its floor.
    pub(crate) fn fence_purge(
        &mut self,
        partition: Partition,
        ballot: Ballot,
        step: &mut Step<'_>,
    ) -> Option<Result<PartitionState, Ballot>> {
        let fence = self.fence(partition, ballot, step)?;
        let state = self.vnodes.get(&partition)?.state;
        Some(match fence {
            Fence::Refused(promised) => Err(promised),
            Fence::Promised => Ok(state),
            Fence::Raises(state) => Ok(state),
        })
    }
}

impl Fence {
    fn refusal(&self) -> Option<Ballot> {
        match self {
            Self::Refused(promised) => Some(*promised),
            Self::Promised | Self::Raises(_) => None,
        }
    }

    fn writes(&self, partition: Partition) -> Vec<Write> {
        match *self {
            Self::Raises(state) => vec![Write::State { partition, state }],
            Self::Promised | Self::Refused(_) => Vec::new(),
        }
    }
}
