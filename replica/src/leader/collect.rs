//! Finding out about a key of which the leader has no record of its own ballot.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use ringway_ring::{Key, Partition};

use crate::decision::{Decision, decide};
use crate::leadership::{Active, Collecting, Then};
use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::request::Request;
use crate::step::Step;
use crate::{Message, NodeNumber, Operation, Record, Token};

impl Replica {
    /// Asks a majority for its records of the key: the own one is of an older ballot, or
    /// there is none.
    pub(super) fn collect(&mut self, request: Request, step: &mut Step<'_>) {
        let (partition, key, token) = (request.partition, request.key.clone(), self.token());
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        let (ballot, sent) = (leadership.ballot, step.now.instant);
        let group = Arc::clone(&leadership.group);
        let collecting = Box::new(Collecting { token, sent, answers: BTreeMap::new(), request });
        leadership.lanes.entry(key.clone()).or_default().active = Active::Collecting(collecting);
        for to in group.others(self.me) {
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
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
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
        let Some(vnode) = self.vnodes.get(partition) else { return };
        let Some(leadership) = &vnode.leadership else { return };
        let lane = leadership.lanes.get(key);
        let Some(Active::Collecting(collecting)) = lane.map(|lane| &lane.active) else { return };
        let answered: Vec<_> = collecting.answers.keys().copied().chain([me]).collect();
        if !self.majority_rule()(&leadership.group, &answered) {
            return;
        }
        let answers = collecting.answers.values().flatten();
        let by_write = self.has(Mutant::OrderedByWrite);
        let rank = |record: &&Record| if by_write { record.written } else { record.accepted };
        let best = answers.chain(&own).max_by_key(rank).cloned();
        let ballot = leadership.ballot;
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        let Some(lane) = leadership.lanes.get_mut(key) else { return };
        let Active::Collecting(collecting) = core::mem::take(&mut lane.active) else { return };
        let request = collecting.request;
        let accepted = best.as_ref().map(|best| best.accepted.ballot);
        if let Some(higher) = accepted.filter(|&accepted| accepted > ballot) {
            self.again.push_back(request);
            self.depose(partition, higher);
            return;
        }
        let is_read = request.operation == Operation::Read;
        let unstamped = self.has(Mutant::AdoptedUnstamped) && is_read;
        match (decide(&request.operation, best.as_ref(), step.now.wall), best) {
            (Decision::Answer(_), Some(best)) if !unstamped => {
                self.adopt(partition, key, best, request, step);
            }
            (_, Some(best)) if self.is_left_over(partition, best.written, ballot) => {
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
        let Some(vnode) = self.vnodes.get_mut(partition) else { return };
        let Some(leadership) = vnode.leading() else { return };
        let record = Record { accepted: leadership.stamp(), ..best };
        self.propose(partition, key.clone(), record, Then::Decide(request), step);
    }
}
