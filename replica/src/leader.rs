//! What a leader does with a request.

mod collect;
mod overdue;

use alloc::sync::Arc;
use alloc::vec;

use ringway_ring::{Key, Partition};

use crate::decision::{Decision, decide};
use crate::disk::Deferred;
use crate::leadership::{Active, Grave, Leadership, Proposal, Then};
use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::request::Request;
use crate::step::Step;
use crate::vnode::Vnode;
use crate::{
    Body, Condition, Head, Message, NodeNumber, Operation, Outcome, Record, Value, Version, Write,
};

impl Replica {
    /// Takes on a request for a partition that this node leads.
    pub(crate) fn serve(&mut self, request: Request, step: &mut Step<'_>) {
        if self.has(Mutant::UncommittedRead) && request.operation == Operation::Read {
            self.read_one(request, step);
            return;
        }
        let Some(vnode) = self.vnodes.get_mut(request.partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        if leadership.draining.is_some() {
            vnode.waiting.push_back(request);
            return;
        }
        match leadership.lanes.get_mut(&request.key) {
            Some(lane) => lane.queue.push_back(request),
            None => self.start(request, step),
        }
    }

    /// Begins with a request while nothing else is being done with its key.
    fn start(&mut self, request: Request, step: &mut Step<'_>) {
        let Some(vnode) = self.vnodes.get_mut(request.partition) else { return };
        let Some(ballot) = vnode.leading().map(|leadership| leadership.ballot) else { return };
        let is_blind =
            matches!(request.operation, Operation::Put { condition: Condition::None, .. });
        // What is written over is not read: it may be long.
        let (head, local) = if is_blind {
            (self.head(request.partition, &request.key, step), None)
        } else {
            let local = self.record(request.partition, &request.key, step);
            (local.as_ref().map(Head::of), local)
        };
        let accepted = head.map(|head| head.accepted.ballot);
        if let Some(higher) = accepted.filter(|&accepted| accepted > ballot) {
            // A copy brought the news that another leads.
            self.depose(request.partition, higher);
            self.again.push_back(request);
            return;
        }
        if is_blind {
            let created = head.is_none_or(|head| !head.is_live(step.now.wall));
            self.write(request, Decision::Put { created }, step);
            return;
        }
        let trusted = self.has(Mutant::OlderBallotServed) && request.operation == Operation::Read
            || self.has(Mutant::ConditionOnOlderBallot) && request.operation.is_write();
        let is_own = accepted == Some(ballot) || trusted && accepted.is_some();
        if !is_own {
            self.collect(request, step);
            return;
        }
        match decide(&request.operation, local.as_ref(), step.now.wall) {
            Decision::Answer(outcome) => self.confirm(request, outcome, step),
            Decision::Expire
                if self.has(Mutant::ExpiryUnwritten) && request.operation == Operation::Read =>
            {
                self.confirm(request, Outcome::NotFound, step);
            }
            decision => self.write(request, decision, step),
        }
    }

    /// Carries out what was decided, without another look.
    fn write(&mut self, request: Request, decision: Decision, step: &mut Step<'_>) {
        let (partition, key) = (request.partition, request.key.clone());
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(version) = vnode.leading().map(Leadership::stamp) else {
            return;
        };
        let stamped = |body| Record { written: version, accepted: version, body };
        let (record, then) = match decision {
            Decision::Put { created } => {
                let Some(value) = value_of(&request.operation, step) else { return };
                let outcome = Outcome::Written { version, created };
                (stamped(Body::Value(value)), Then::Answer(request, outcome))
            }
            Decision::Delete => {
                (stamped(Body::Tombstone), Then::Answer(request, Outcome::Deleted { version }))
            }
            Decision::Expire => (stamped(Body::Tombstone), Then::Decide(request)),
            Decision::Answer(outcome) => {
                self.complete(request.origin, outcome, step);
                return;
            }
        };
        self.propose(partition, key, record, then, step);
    }

    /// Sends a stamped record to every holder, this node among them.
    fn propose(
        &mut self,
        partition: Partition,
        key: Key<'static>,
        record: Record,
        then: Then,
        step: &mut Step<'_>,
    ) {
        let (me, version) = (self.me, record.accepted);
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        let group = Arc::clone(&leadership.group);
        leadership.lanes.entry(key.clone()).or_default().active = Active::Writing;
        let proposal = Proposal {
            group: Arc::clone(&group),
            key: key.clone(),
            record: record.clone(),
            acks: vec![],
            refusals: vec![],
            sent: step.now.instant,
            then,
        };
        vnode.proposals.insert(version, proposal);
        for to in group.others(me) {
            let (key, record) = (key.clone(), record.clone());
            self.send(to, Message::Accept { partition, key, record }, step);
        }
        let ticket = self.submit(vec![Write::record(partition, key, Some(record))], step);
        self.defer(Some(ticket), Deferred::OwnAck { partition, version }, step);
    }

    /// `node` holds the proposal durably.
    pub(crate) fn acked(
        &mut self,
        partition: Partition,
        version: Version,
        node: NodeNumber,
        step: &mut Step<'_>,
    ) {
        let is_majority = self.majority_rule();
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        if let Some(proposal) = vnode.proposals.get_mut(&version) {
            if proposal.group.contains(node) && !proposal.acks.contains(&node) {
                proposal.acks.push(node);
            }
            if is_majority(&proposal.group, &proposal.acks) {
                self.commit(partition, version, step);
            }
        } else if let Some(leadership) = vnode.leading_at(version.ballot)
            && let Some(grave) = leadership.graves.get_mut(&version)
            && !grave.acks.contains(&node)
        {
            grave.acks.push(node);
        }
    }

    /// A majority holds the proposal: whatever happens, it has taken effect.
    fn commit(&mut self, partition: Partition, version: Version, step: &mut Step<'_>) {
        let limit = self.config.graves;
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(proposal) = vnode.proposals.remove(&version) else { return };
        let Proposal { key, record, acks, sent, then, .. } = proposal;
        let settled = vnode.take_left_over(record.written, version.ballot);
        let leads = if let Some(leadership) = vnode.leading_at(version.ballot) {
            if record.is_tombstone() && leadership.graves.len() < limit {
                let (key, record) = (key.clone(), record.clone());
                let grave = Grave { key, record, acks, purged: vec![], floor: None, sent };
                leadership.graves.insert(version, grave);
            }
            if let Some(lane) = leadership.lanes.get_mut(&key) {
                lane.active = Active::Free;
            }
            vnode.attempts = 0;
            true
        } else {
            false
        };
        match then {
            Then::Answer(request, outcome) => self.complete(request.origin, outcome, step),
            Then::Decide(request) if leads => {
                let decision = decide(&request.operation, Some(&record), step.now.wall);
                self.write(request, decision, step);
            }
            Then::Decide(request) => self.again.push_back(request),
            Then::Nothing => {}
        }
        if let Some((request, outcome)) = settled {
            self.complete(request.origin, outcome, step);
        }
        if leads {
            self.free_if_idle(partition, &key, step);
        }
    }

    /// Nothing is being done with `key` any more: what waits has its turn.
    pub(crate) fn free(&mut self, partition: Partition, key: &Key<'static>, step: &mut Step<'_>) {
        loop {
            let Some(vnode) = self.vnodes.get_mut(partition) else { return };
            let Some(leadership) = vnode.leading() else { return };
            let Some(lane) = leadership.lanes.get_mut(key) else { return };
            lane.active = Active::Free;
            let is_draining = leadership.draining.is_some();
            let next = lane.queue.pop_front();
            let Some(request) = next else {
                leadership.lanes.remove(key);
                return;
            };
            if is_draining {
                vnode.waiting.push_back(request);
                continue;
            }
            self.start(request, step);
            let vnode = self.vnodes.get_mut(partition);
            let leadership = vnode.and_then(Vnode::leading);
            let lane = leadership.and_then(|leadership| leadership.lanes.get(key));
            if lane.is_none_or(|lane| !matches!(lane.active, Active::Free)) {
                return;
            }
        }
    }

    fn free_if_idle(&mut self, partition: Partition, key: &Key<'static>, step: &mut Step<'_>) {
        let vnode = self.vnodes.get_mut(partition);
        let leadership = vnode.and_then(Vnode::leading);
        let lane = leadership.and_then(|leadership| leadership.lanes.get(key));
        if lane.is_some_and(|lane| matches!(lane.active, Active::Free)) {
            self.free(partition, key, step);
        }
    }
}

fn value_of(operation: &Operation, step: &Step<'_>) -> Option<Value> {
    let Operation::Put { bytes, content_type, ttl_ms, .. } = operation else { return None };
    let expires = ttl_ms.map(|ttl_ms| step.now.wall.after(ttl_ms));
    Some(Value { bytes: bytes.clone(), content_type: content_type.clone(), expires })
}
