//! The state machine: events in, effects out.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::sync::Arc;
use alloc::vec::Vec;

use ringway_ring::{Epoch, Key, Partition, PartitionCount};

use crate::anti_entropy::AntiEntropy;
use crate::disk::Disk;
use crate::forwarding::Forwarded;
use crate::known_keys::KnownKeys;
use crate::mutant::Mutant;
use crate::peer::Peer;
use crate::random::Random;
use crate::request::{Origin, Request};
use crate::step::Step;
use crate::vnodes::Vnodes;
use crate::{
    Config, Effect, Envelope, Event, Group, Head, Incarnation, Instant, Message, NodeNumber, Now,
    Operation, Outcome, Placement, Reason, Record, Records, Token,
};

/// The replication protocol of one node, for some or all partitions.
///
/// It never waits, reads no clock and touches no disk but through
/// [`handle`](Self::handle)'s arguments. A driver may run several side by side, each for its
/// own partitions.
#[derive(Debug)]
pub struct Replica {
    pub(crate) me: NodeNumber,
    pub(crate) incarnation: Incarnation,
    pub(crate) config: Config,
    pub(crate) epoch: Epoch,
    pub(crate) partitions: PartitionCount,
    /// Every partition's holders, for forwarding.
    pub(crate) groups: BTreeMap<Partition, Arc<Group>>,
    pub(crate) random: Random,
    mutant: Option<Mutant>,
    /// The partitions that this node holds, or has something left of.
    pub(crate) vnodes: Vnodes,
    /// All keys that were found stored, or are or were to be stored, since the start.
    pub(crate) known: KnownKeys,
    /// Every node that was heard of, holders or not.
    pub(crate) peers: BTreeMap<NodeNumber, Peer>,
    /// The nodes that hold something which this one holds too.
    pub(crate) neighbours: BTreeSet<NodeNumber>,
    pub(crate) disk: Disk,
    /// After a store failed: no attempt to lead before this.
    pub(crate) no_lead_before: Instant,
    pub(crate) forwards: BTreeMap<Token, Forwarded>,
    pub(crate) anti_entropy: AntiEntropy,
    /// Requests to be routed, or routed anew, before the event is done with.
    pub(crate) again: VecDeque<Request>,
    /// Requests to be routed anew at the next tick.
    pub(crate) parked: VecDeque<Request>,
    /// Partitions about to be handed over.
    pub(crate) draining: BTreeSet<Partition>,
    /// Partitions whose configuration may not be fenced yet, and since when that is looked at.
    pub(crate) unfenced: BTreeMap<Partition, Option<Instant>>,
    pub(crate) next_sweep: Instant,
    /// When the driver is told again that this node's view is old.
    pub(crate) next_behind: Instant,
    /// Clients' requests whose outcome is open.
    pub(crate) requests: usize,
    /// Records in flight, at the last tick, that no client waits for any more.
    pub(crate) orphans: usize,
    /// Messages that no replica that works sends.
    pub(crate) implausible: u64,
    last_token: u64,
}

impl Replica {
    /// Node `me`, with what it finds stored. `seed` may be anything, best not the same on
    /// every node.
    #[must_use]
    pub fn new(
        me: NodeNumber,
        incarnation: Incarnation,
        config: Config,
        placement: Placement,
        records: &dyn Records,
        seed: u64,
    ) -> Self {
        let Placement { epoch, partitions, groups } = placement;
        let mut replica = Self {
            me,
            incarnation,
            known: KnownKeys::new(config.known_keys_bytes),
            config,
            epoch,
            partitions,
            groups,
            random: Random::new(seed),
            mutant: None,
            vnodes: Vnodes::default(),
            peers: BTreeMap::new(),
            neighbours: BTreeSet::new(),
            disk: Disk::default(),
            no_lead_before: Instant::default(),
            forwards: BTreeMap::new(),
            anti_entropy: AntiEntropy::default(),
            again: VecDeque::new(),
            parked: VecDeque::new(),
            draining: BTreeSet::new(),
            unfenced: BTreeMap::new(),
            next_sweep: Instant::default(),
            next_behind: Instant::default(),
            requests: 0,
            orphans: 0,
            implausible: 0,
            last_token: 0,
        };
        let partitions: Vec<Partition> = replica.groups.keys().copied().collect();
        for partition in partitions {
            replica.take_up(partition, records);
        }
        replica.meet_neighbours();
        replica
    }

    /// Switches a deliberate bug on, right after [`Replica::new`].
    #[cfg(feature = "mutants")]
    pub fn mutate(&mut self, mutant: Mutant) {
        self.mutant = Some(mutant);
        for (_, vnode) in self.vnodes.iter_mut() {
            let (promised, group) = (vnode.state.promised, Arc::clone(&vnode.group));
            if mutant == Mutant::PromiseForgotten {
                let since = vnode.state.since;
                let forgotten = crate::PartitionState { since, ..crate::PartitionState::NEW };
                *vnode = crate::vnode::Vnode::new(group.clone(), self.me, Some(forgotten));
            }
            if mutant == Mutant::SinceIgnored
                && vnode.standing == crate::standing::Standing::Clearing
                && vnode.group.contains(self.me)
            {
                vnode.standing = crate::standing::Standing::Member;
            }
            if mutant == Mutant::BallotReused && promised.node == self.me {
                let mut leadership =
                    crate::leadership::Leadership::new(promised, group, Instant::default());
                leadership.established = true;
                leadership.own_promise = true;
                vnode.leadership = Some(leadership);
            }
        }
    }

    /// Of the view that it knows.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// From now on partitions that move are copied at this rate at most, as
    /// [`Config::handoff_bytes_per_second`] says.
    pub fn set_handoff_rate(&mut self, bytes_per_second: Option<u64>) {
        self.config.handoff_bytes_per_second = bytes_per_second;
    }

    pub(crate) fn has(&self, mutant: Mutant) -> bool {
        cfg!(feature = "mutants") && self.mutant == Some(mutant)
    }

    /// Takes in one event. What is to be done about it is appended to `effects`.
    pub fn handle(
        &mut self,
        now: Now,
        event: Event,
        records: &dyn Records,
        effects: &mut Vec<Effect>,
    ) {
        let step = &mut Step::new(now, records, effects);
        match event {
            Event::Request { client, partition, key, operation, timeout_ms } => {
                let origin = Origin::Client(client);
                let deadline = now.instant.after(timeout_ms);
                let request = Request { origin, partition, key, operation, deadline, hops: 0 };
                self.admit(request, step);
            }
            Event::Message(envelope) => self.on_envelope(*envelope, step),
            Event::Placement(placement) => self.on_placement(*placement, step),
            Event::Reachable { peer, incarnation } => self.on_reachable(peer, incarnation),
            Event::Unreachable { peer } => self.on_unreachable(peer, step),
            Event::Stored(ticket) => self.on_stored(ticket, step),
            Event::StoreFailed(ticket) => self.on_store_failed(ticket, step),
            Event::Tick => self.on_tick(step),
        }
        self.finish(step);
    }

    /// What every event may have left to do.
    fn finish(&mut self, step: &mut Step<'_>) {
        loop {
            while let Some(request) = self.again.pop_front() {
                self.route(request, step);
            }
            self.hand_over_drained(step);
            if self.again.is_empty() {
                break;
            }
        }
        self.ask_for_promises(step);
    }

    fn on_envelope(&mut self, envelope: Envelope, step: &mut Step<'_>) {
        let Envelope { from, incarnation, epoch, message } = envelope;
        if epoch != self.epoch {
            self.hear_of(from, epoch, step);
        }
        if !self.is_plausible(&message) {
            self.implausible += 1;
            return;
        }
        match message {
            Message::Prepare { .. }
            | Message::Accept { .. }
            | Message::Collect { .. }
            | Message::Purge { .. }
                if self.disk.waiting() >= self.config.unsynced => {}
            Message::Accept { .. } | Message::Pulled { .. } if self.disk_is_behind() => {}
            Message::Prepare { token, ballots } => self.on_prepare(from, token, ballots, step),
            Message::Promised { token, refused } => self.on_promised(from, token, &refused, step),
            Message::Accept { partition, key, record } => {
                self.on_accept(from, partition, &key, record, step);
            }
            Message::Accepted { partition, version } => {
                self.acked(partition, version, from, step);
            }
            Message::Collect { token, partition, ballot, key } => {
                self.on_collect(from, token, partition, ballot, key, step);
            }
            Message::Collected { token, partition, key, record } => {
                self.on_collected(from, token, partition, &key, record, step);
            }
            Message::Refused { partition, ballot, promised } => {
                self.on_refused(from, partition, ballot, promised, step);
            }
            Message::Forward { id, to, partition, key, operation, timeout_ms, hops } => {
                let origin = Origin::Peer { node: from, incarnation, id };
                let deadline = step.now.instant.after(timeout_ms);
                let request = Request { origin, partition, key, operation, deadline, hops };
                self.on_forward(from, id, to, request, step);
            }
            Message::Answer { id, outcome } => self.on_answer(from, id, outcome, step),
            Message::Purge { partition, key, tombstone, floor } => {
                self.on_purge(from, partition, &key, tombstone, floor, step);
            }
            Message::Purged { partition, tombstone } => {
                self.on_purged(from, partition, tombstone, step);
            }
            Message::Claim { ballots } => self.on_claim(from, &ballots, step),
            Message::Handover { partition, ballot } => self.on_handover(partition, ballot, step),
            Message::Compare { token, digests } => self.on_compare(from, token, digests, step),
            Message::Differs { token, buckets } => self.on_differs(from, token, &buckets, step),
            Message::List { token, partition, configuration, buckets, after } => {
                if self.serves(partition, configuration) {
                    self.on_list(from, token, partition, buckets, after.as_ref(), step);
                }
            }
            Message::Listed { token, versions, next } => {
                self.on_listed(token, versions, next, step);
            }
            Message::Pull { token, partition, configuration, keys } => {
                if self.serves(partition, configuration) {
                    self.on_pull(from, token, partition, keys, step);
                }
            }
            Message::Pulled { token, records } => self.on_pulled(token, records, step),
            Message::StaleView => {}
        }
    }

    /// A client's or a peer's request comes in.
    pub(crate) fn admit(&mut self, request: Request, step: &mut Step<'_>) {
        self.requests += 1;
        let brings_value = matches!(request.operation, Operation::Put { .. });
        if self.requests + self.orphans > self.config.requests
            || brings_value && self.disk_is_behind()
        {
            self.complete(request.origin, Outcome::NotApplied(Reason::Overloaded), step);
        } else {
            self.again.push_back(request);
        }
    }

    /// Whether no more values are taken until some are stored.
    pub(crate) fn disk_is_behind(&self) -> bool {
        self.disk.bytes() >= self.config.unsynced_bytes
    }

    /// Tells whoever waits. Each request that was admitted comes here exactly once.
    pub(crate) fn complete(&mut self, origin: Origin, outcome: Outcome, step: &mut Step<'_>) {
        match origin {
            Origin::Client(client) => {
                self.requests -= 1;
                step.effects.push(Effect::Reply { client, outcome });
            }
            Origin::Peer { node, incarnation: _, id } => {
                self.requests -= 1;
                self.send(node, Message::Answer { id, outcome }, step);
            }
            Origin::Housekeeping => {}
        }
    }

    pub(crate) fn send(&self, to: NodeNumber, message: Message, step: &mut Step<'_>) {
        let Self { me, incarnation, epoch, .. } = *self;
        let envelope = Envelope { from: me, incarnation, epoch, message };
        step.effects.push(Effect::Send { to, envelope });
    }

    pub(crate) fn token(&mut self) -> Token {
        self.last_token += 1;
        Token { incarnation: self.incarnation, number: self.last_token }
    }

    /// The record of `key` with what was submitted.
    pub(crate) fn record(
        &self,
        partition: Partition,
        key: &Key<'static>,
        step: &Step<'_>,
    ) -> Option<Record> {
        let pending = self.vnodes.get(partition).and_then(|vnode| vnode.pending(key));
        match pending {
            Some(record) => record.clone(),
            None if self.is_new(partition, key, step) => None,
            None => step.records.get(partition, key),
        }
    }

    /// What the record of `key` is, with what was submitted. Reads no value, which may be long.
    pub(crate) fn head(
        &self,
        partition: Partition,
        key: &Key<'static>,
        step: &Step<'_>,
    ) -> Option<Head> {
        let pending = self.vnodes.get(partition).and_then(|vnode| vnode.pending(key));
        match pending {
            Some(record) => record.as_ref().map(Head::of),
            None if self.is_new(partition, key, step) => None,
            None => step.stored_head(partition, key),
        }
    }

    /// Whether it is known without a look at the disk that nothing is stored of `key`.
    pub(crate) fn is_new(&self, partition: Partition, key: &Key<'static>, step: &Step<'_>) -> bool {
        let vnode = self.vnodes.get(partition);
        let is_counted = vnode.is_some_and(|vnode| vnode.counting.covers(key));
        let is_new = is_counted && !self.known.may_hold(key.position());
        debug_assert!(!is_new || step.records.head(partition, key).is_none(), "{key:?} is stored");
        is_new
    }

    /// What tells whether some nodes are enough of a group.
    pub(crate) fn majority_rule(&self) -> fn(&Group, &[NodeNumber]) -> bool {
        if self.has(Mutant::MajorityOfHalf) {
            |group, nodes| !nodes.is_empty() && nodes.len() * 2 + 1 >= group.replicas.len()
        } else if self.has(Mutant::QuorumOverUnion) {
            |group, nodes| {
                let all: BTreeSet<_> = group.replicas.iter().chain(&group.next).collect();
                nodes.len() * 2 > all.len()
            }
        } else {
            Group::is_majority
        }
    }
}
