//! What a leader does with a request.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec;

use ringway_ring::{Key, Partition};

use crate::decision::{Decision, decide};
use crate::disk::Deferred;
use crate::leadership::{Active, Collecting, Grave, Proposal, Then};
use crate::mutant::Mutant;
use crate::replica::{Replica, Step};
use crate::request::Request;
use crate::{
    Body, Message, NodeNumber, Operation, Outcome, Reason, Record, Token, Value, Version, Write,
};

impl Replica {
    /// Takes on a request for a partition that this node leads.
    pub(crate) fn serve(&mut self, request: Request, step: &mut Step<'_>) {
        if self.has(Mutant::UncommittedRead) && request.operation == Operation::Read {
            self.read_one(request, step);
            return;
        }
        let Some(vnode) = self.vnodes.get_mut(&request.partition) else { return };
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
        let Some(vnode) = self.vnodes.get_mut(&request.partition) else { return };
        let Some(ballot) = vnode.leading().map(|leadership| leadership.ballot) else { return };
        let local = self.record(request.partition, &request.key, step);
        let accepted = local.as_ref().map(|local| local.accepted.ballot);
        if let Some(higher) = accepted.filter(|&accepted| accepted > ballot) {
            // A copy brought the news that another leads.
            self.depose(request.partition, higher, step);
            self.again.push_back(request);
            return;
        }
        let is_blind =
            matches!(request.operation, Operation::Put { condition: crate::Condition::None, .. });
        let trusted = self.has(Mutant::OlderBallotServed) && request.operation == Operation::Read
            || self.has(Mutant::ConditionOnOlderBallot) && request.operation.is_write();
        let is_own = accepted == Some(ballot) || trusted && accepted.is_some();
        if !is_blind && !is_own {
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
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(version) = vnode.leading().map(crate::leadership::Leadership::stamp) else {
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
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        leadership.lanes.entry(key.clone()).or_default().active = Active::Writing;
        let proposal = Proposal {
            key: key.clone(),
            record: record.clone(),
            acks: vec![],
            refusals: vec![],
            sent: step.now.instant,
            then,
        };
        vnode.proposals.insert(version, proposal);
        let others: alloc::vec::Vec<NodeNumber> = vnode.group.others(me).collect();
        for to in others {
            let (key, record) = (key.clone(), record.clone());
            self.send(to, Message::Accept { partition, key, record }, step);
        }
        let ticket =
            self.submit(vec![Write::Record { partition, key, record: Some(record) }], step);
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
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        if !vnode.group.contains(node) {
            return;
        }
        if let Some(proposal) = vnode.proposals.get_mut(&version) {
            if !proposal.acks.contains(&node) {
                proposal.acks.push(node);
            }
            let acks = proposal.acks.clone();
            let Some(vnode) = self.vnodes.get(&partition) else { return };
            if self.is_majority(&vnode.group, &acks) {
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
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(proposal) = vnode.proposals.remove(&version) else { return };
        let Proposal { key, record, acks, sent, then, .. } = proposal;
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
        if leads {
            self.free_if_idle(partition, &key, step);
        }
    }

    /// Nothing is being done with `key` any more: what waits has its turn.
    pub(crate) fn free(&mut self, partition: Partition, key: &Key<'static>, step: &mut Step<'_>) {
        loop {
            let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
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
            let vnode = self.vnodes.get_mut(&partition);
            let leadership = vnode.and_then(crate::vnode::Vnode::leading);
            let lane = leadership.and_then(|leadership| leadership.lanes.get(key));
            if lane.is_none_or(|lane| !matches!(lane.active, Active::Free)) {
                return;
            }
        }
    }

    /// Answers once a majority has confirmed, after now, that this node leads: so nobody else
    /// can have committed anything before now that the answer leaves out.
    fn confirm(&mut self, request: Request, outcome: Outcome, step: &mut Step<'_>) {
        if self.has(Mutant::ReadUnconfirmed) {
            self.complete(request.origin, outcome, step);
            return;
        }
        let partition = request.partition;
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        leadership.asked += 1;
        leadership.reads.push_back((leadership.asked, request, outcome));
        self.ask_others(partition);
        self.confirmed(partition, step);
    }

    /// Asks a majority for its records of the key: the own one is of an older ballot, or
    /// there is none.
    fn collect(&mut self, request: Request, step: &mut Step<'_>) {
        let (partition, key, token) = (request.partition, request.key.clone(), self.token());
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        let (ballot, sent) = (leadership.ballot, step.now.instant);
        let collecting = Box::new(Collecting { token, sent, answers: BTreeMap::new(), request });
        leadership.lanes.entry(key.clone()).or_default().active = Active::Collecting(collecting);
        let others: alloc::vec::Vec<NodeNumber> = vnode.group.others(self.me).collect();
        for to in others {
            let key = key.clone();
            self.send(to, Message::Collect { token, partition, ballot, key }, step);
        }
        self.collected(partition, &key, step);
    }

    /// A holder tells its record.
    pub(crate) fn on_collected(
        &mut self,
        from: NodeNumber,
        token: Token,
        partition: Partition,
        key: &Key<'static>,
        record: Option<Record>,
        step: &mut Step<'_>,
    ) {
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        let Some(lane) = leadership.lanes.get_mut(key) else { return };
        if let Active::Collecting(collecting) = &mut lane.active
            && collecting.token == token
        {
            collecting.answers.insert(from, record);
            self.collected(partition, key, step);
        }
    }

    /// If a majority has answered, adopts the highest record and goes on.
    fn collected(&mut self, partition: Partition, key: &Key<'static>, step: &mut Step<'_>) {
        let own = self.record(partition, key, step);
        let me = self.me;
        let Some(vnode) = self.vnodes.get(&partition) else { return };
        let Some(leadership) = &vnode.leadership else { return };
        let lane = leadership.lanes.get(key);
        let Some(Active::Collecting(collecting)) = lane.map(|lane| &lane.active) else { return };
        let answered: alloc::vec::Vec<_> = collecting.answers.keys().copied().chain([me]).collect();
        if !self.is_majority(&vnode.group, &answered) {
            return;
        }
        let answers = collecting.answers.values().flatten();
        let by_write = self.has(Mutant::OrderedByWrite);
        let rank = |record: &&Record| if by_write { record.written } else { record.accepted };
        let best = answers.chain(&own).max_by_key(rank).cloned();
        let ballot = leadership.ballot;
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        let Some(lane) = leadership.lanes.get_mut(key) else { return };
        let Active::Collecting(collecting) = core::mem::take(&mut lane.active) else { return };
        let request = collecting.request;
        let accepted = best.as_ref().map(|best| best.accepted.ballot);
        if let Some(higher) = accepted.filter(|&accepted| accepted > ballot) {
            self.again.push_back(request);
            self.depose(partition, higher, step);
            return;
        }
        let is_read = request.operation == Operation::Read;
        let unstamped = self.has(Mutant::AdoptedUnstamped) && is_read;
        match (decide(&request.operation, best.as_ref(), step.now.wall), best) {
            (Decision::Answer(_), Some(best)) if !unstamped => {
                self.adopt(partition, key, best, request, step);
            }
            (decision, _) => {
                self.write(request, decision, step);
                self.free_if_idle(partition, key, step);
            }
        }
    }

    /// Proposes a record of an older ballot anew, under this one: before, nobody could tell
    /// whether it was committed or ever would be.
    fn adopt(
        &mut self,
        partition: Partition,
        key: &Key<'static>,
        best: Record,
        request: Request,
        step: &mut Step<'_>,
    ) {
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        let record = Record { accepted: leadership.stamp(), ..best };
        self.propose(partition, key.clone(), record, Then::Decide(request), step);
    }

    fn free_if_idle(&mut self, partition: Partition, key: &Key<'static>, step: &mut Step<'_>) {
        let vnode = self.vnodes.get_mut(&partition);
        let leadership = vnode.and_then(crate::vnode::Vnode::leading);
        let lane = leadership.and_then(|leadership| leadership.lanes.get(key));
        if lane.is_some_and(|lane| matches!(lane.active, Active::Free)) {
            self.free(partition, key, step);
        }
    }

    /// Drops what is too late, of all that this node does as a leader.
    pub(crate) fn expire_leading(&mut self, partition: Partition, step: &mut Step<'_>) {
        let now = step.now.instant;
        let mut late = alloc::vec::Vec::new();
        let mut freed = alloc::vec::Vec::new();
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        late.extend(extract(&mut vnode.waiting, |request| now >= request.deadline));
        if let Some(leadership) = &mut vnode.leadership {
            let reads = extract(&mut leadership.reads, |(_, request, _)| now >= request.deadline);
            late.extend(reads.into_iter().map(|(_, request, _)| request));
            for (key, lane) in &mut leadership.lanes {
                late.extend(extract(&mut lane.queue, |request| now >= request.deadline));
                match core::mem::take(&mut lane.active) {
                    Active::Collecting(one) if now >= one.request.deadline => {
                        late.push(one.request);
                        freed.push(key.clone());
                    }
                    active => lane.active = active,
                }
            }
        }
        let mut unknown = alloc::vec::Vec::new();
        for proposal in vnode.proposals.values_mut() {
            match core::mem::replace(&mut proposal.then, Then::Nothing) {
                Then::Answer(request, _) if now >= request.deadline => unknown.push(request),
                Then::Decide(request) if now >= request.deadline => late.push(request),
                then => proposal.then = then,
            }
        }
        let ballot = vnode.leadership.as_ref().map(|leadership| leadership.ballot);
        vnode.proposals.retain(|version, proposal| {
            Some(version.ballot) == ballot || !matches!(proposal.then, Then::Nothing)
        });
        let honest = if self.has(Mutant::UnknownCalledNotApplied) {
            Outcome::NotApplied(Reason::Timeout)
        } else {
            Outcome::Unknown
        };
        for request in unknown {
            self.complete(request.origin, honest.clone(), step);
        }
        for request in late {
            self.complete(request.origin, Outcome::NotApplied(Reason::Timeout), step);
        }
        for key in freed {
            self.free(partition, &key, step);
        }
    }

    /// Sends again what was not answered in time.
    pub(crate) fn resend(&mut self, partition: Partition, step: &mut Step<'_>) {
        let (now, retry, me) = (step.now.instant, self.config.retry_ms, self.me);
        let mut messages = alloc::vec::Vec::new();
        let Some(vnode) = self.vnodes.get_mut(&partition) else { return };
        let group = &vnode.group;
        for proposal in vnode.proposals.values_mut() {
            if now.since(proposal.sent) < retry {
                continue;
            }
            proposal.sent = now;
            for to in group.others(me).filter(|to| !proposal.acks.contains(to)) {
                let (key, record) = (proposal.key.clone(), proposal.record.clone());
                messages.push((to, Message::Accept { partition, key, record }));
            }
        }
        if let Some(leadership) = &mut vnode.leadership {
            let ballot = leadership.ballot;
            for (key, lane) in &mut leadership.lanes {
                let Active::Collecting(one) = &mut lane.active else { continue };
                if now.since(one.sent) < retry {
                    continue;
                }
                one.sent = now;
                let token = one.token;
                for to in group.others(me).filter(|to| !one.answers.contains_key(to)) {
                    let key = key.clone();
                    messages.push((to, Message::Collect { token, partition, ballot, key }));
                }
            }
        }
        for (to, message) in messages {
            if self.peers.get(&to).is_some_and(|peer| peer.session.is_some()) {
                self.send(to, message, step);
            }
        }
    }
}

fn value_of(operation: &Operation, step: &Step<'_>) -> Option<Value> {
    let Operation::Put { bytes, content_type, ttl_ms, .. } = operation else { return None };
    let expires = ttl_ms.map(|ttl_ms| step.now.wall.after(ttl_ms));
    Some(Value { bytes: bytes.clone(), content_type: content_type.clone(), expires })
}

/// Takes those out of `queue` that `what` holds for.
fn extract<T>(
    queue: &mut alloc::collections::VecDeque<T>,
    what: impl Fn(&T) -> bool,
) -> alloc::vec::Vec<T> {
    let (out, rest): (alloc::vec::Vec<T>, _) =
        core::mem::take(queue).into_iter().partition(|one| what(one));
    *queue = rest.into();
    out
}
