//! Where a request goes: to the leader, or to becoming it.

use ringway_ring::Partition;

use crate::decision::found;
use crate::disk::Deferred;
use crate::replica::Replica;
use crate::request::Request;
use crate::step::Step;
use crate::{Ballot, Instant, NodeNumber, Operation, Outcome, Reason};

/// How often a request is forwarded at most: once to whom the first node believes to lead,
/// once more by that one.
const MAX_HOPS: u8 = 2;

impl Replica {
    /// Brings a request that has had no effect so far one step further.
    pub(crate) fn route(&mut self, request: Request, step: &mut Step<'_>) {
        let now = step.now.instant;
        if now >= request.deadline {
            self.complete(request.origin, Outcome::NotApplied(Reason::Timeout), step);
            return;
        }
        let vnode = self.vnodes.get(request.partition);
        let leads_or_may = vnode.is_some_and(|vnode| {
            vnode.is_member() && vnode.group.may_lead(self.me) || vnode.leadership.is_some()
        });
        if !leads_or_may {
            match self.first_usable(request.partition, now) {
                Some(holder) => self.forward(request, holder, step),
                None => self.park(request),
            }
            return;
        }
        if request.operation == Operation::ReadOne {
            self.read_one(request, step);
            return;
        }
        let leads = self.vnodes.get_mut(request.partition).and_then(|vnode| {
            let established = vnode.leading().is_some();
            vnode.leadership.as_ref().map(|_| established)
        });
        match leads {
            Some(true) => self.serve(request, step),
            Some(false) => self.wait(request),
            None => self.find_leader(request, step),
        }
    }

    fn find_leader(&mut self, request: Request, step: &mut Step<'_>) {
        let now = step.now.instant;
        let partition = request.partition;
        let leader = self.believed_leader(partition, now);
        if leader != self.me {
            self.forward(request, leader, step);
        } else if self.finishing(partition, now).is_some() {
            self.park(request);
        } else if self.may_lead(partition, now) {
            self.wait(request);
            self.prepare(partition, step);
        } else if now < self.no_lead_before {
            // Another holder must; told so, the forwarding node leads itself.
            self.complete(request.origin, Outcome::NotApplied(Reason::Disk), step);
        } else {
            self.park(request);
        }
    }

    /// Who leads, or should: the node of the highest ballot heard of, else the first holder.
    /// This node, if that one can't be reached: so two edges that disagree about who is alive
    /// do not make two holders depose each other, as long as these reach each other.
    pub(crate) fn believed_leader(&self, partition: Partition, now: Instant) -> NodeNumber {
        let Some(vnode) = self.vnodes.get(partition) else { return self.me };
        let is_there = |node| vnode.group.may_lead(node);
        let successor = vnode.successor.filter(|&(node, until)| now < until && is_there(node));
        let hinted = Some(vnode.hint.node)
            .filter(|&node| vnode.hint > Ballot::BOTTOM && vnode.group.may_lead(node));
        let is_usable = |node: NodeNumber| node == self.me || self.is_usable(node, now);
        let leader = successor.map(|(node, _)| node).or(hinted);
        let leader =
            leader.or_else(|| vnode.group.replicas.iter().copied().find(|&node| is_usable(node)));
        leader.filter(|&node| is_usable(node)).unwrap_or(self.me)
    }

    pub(crate) fn may_lead(&self, partition: Partition, now: Instant) -> bool {
        let vnode = self.vnodes.get(partition);
        let rested = vnode.is_some_and(|vnode| now >= vnode.not_before);
        rested && now >= self.no_lead_before && self.is_entitled(partition)
    }

    fn first_usable(&self, partition: Partition, now: Instant) -> Option<NodeNumber> {
        let holders = &self.groups.get(&partition)?.replicas;
        holders.iter().copied().find(|&node| self.is_usable(node, now))
    }

    /// Whether messages to `node` have a way.
    pub(crate) fn reaches(&self, node: NodeNumber) -> bool {
        self.peers.get(&node).is_some_and(|peer| peer.session.is_some())
    }

    pub(crate) fn is_usable(&self, node: NodeNumber, now: Instant) -> bool {
        self.peers.get(&node).is_some_and(|peer| peer.is_usable(now))
    }

    /// Answers with the local copy.
    pub(crate) fn read_one(&mut self, request: Request, step: &mut Step<'_>) {
        let Request { origin, partition, key, .. } = request;
        let record = self.record(partition, &key, step);
        let live = record.as_ref().filter(|record| record.live(step.now.wall).is_some());
        let until = self.vnodes.get(partition).and_then(|vnode| vnode.until(&key));
        self.defer(until, Deferred::Complete { origin, outcome: found(live) }, step);
    }

    /// Until this node leads.
    pub(crate) fn wait(&mut self, request: Request) {
        match self.vnodes.get_mut(request.partition) {
            Some(vnode) => vnode.waiting.push_back(request),
            None => self.park(request),
        }
    }

    /// Until the next tick.
    pub(crate) fn park(&mut self, request: Request) {
        self.parked.push_back(request);
    }

    /// Whether a request may be forwarded once more.
    pub(crate) fn may_hop(request: &Request) -> bool {
        request.hops < MAX_HOPS
    }
}
