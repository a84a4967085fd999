//! Stories too rare for chance: three nodes whose every message is delivered by hand.

mod adoption;
mod bad_message;
mod doubts;
mod expiry;
mod late_copy;
mod lost_disk;
mod moves;
mod slow_disk;
mod slow_peers;
mod successions;
mod unread_values;

pub(crate) use adoption::adoption_hides_what_lost;
pub(crate) use expiry::a_clock_behind_meets_an_expired_value;
pub(crate) use late_copy::late_copy_meets_a_purged_key;

use std::collections::{BTreeMap, VecDeque};

use ringway_replica::{
    ClientId, Effect, Envelope, Event, Incarnation, Instant, Message, Mutant, Now, Outcome,
    Replica, Ticket, Wall,
};
use ringway_ring::Partition;

use crate::change::{Change, ChangeKind};
use crate::client::operation;
use crate::cluster::number;
use crate::config::quick;
use crate::disk::Disk;
use crate::history::{Ask, History, Mark, Operation, Told};
use crate::keys::key;
use crate::random::Random;
use crate::topology::Topology;

/// The nodes.
pub(crate) const A: usize = 0;
pub(crate) const B: usize = 1;
pub(crate) const C: usize = 2;
pub(crate) const D: usize = 3;

const PARTITION: Partition = Partition::new(0);

/// Three nodes that hold one partition, some that do not, and the messages between them.
pub(crate) struct Hand {
    replicas: Vec<Option<Replica>>,
    disks: Vec<Disk>,
    incarnations: Vec<u64>,
    topology: Topology,
    /// The view that each node knows.
    views: Vec<u64>,
    /// Nodes whose disks sync nothing.
    pub(crate) unsynced: Vec<usize>,
    messages: VecDeque<(usize, usize, Envelope)>,
    outcomes: BTreeMap<u64, Outcome>,
    asks: Vec<(Ask, u64)>,
    /// By how much each node's clock on the wall is slow.
    pub(crate) slow_by: BTreeMap<usize, u64>,
    /// Of which view each node has heard that it lacks.
    pub(crate) behind: BTreeMap<usize, u64>,
    now: u64,
    mutant: Option<Mutant>,
}

/// Whether `message` brings records that somebody missed.
pub(crate) fn is_copy(message: &Message) -> bool {
    matches!(message, Message::Pulled { .. })
}

impl Hand {
    pub(crate) fn new(mutant: Option<Mutant>) -> Self {
        Self::with_spares(mutant, 0)
    }

    /// With so many nodes more, which hold nothing.
    pub(crate) fn with_spares(mutant: Option<Mutant>, spares: usize) -> Self {
        let nodes = 3 + spares;
        let mut hand = Self {
            replicas: (0..nodes).map(|_| None).collect(),
            disks: vec![Disk::default(); nodes],
            incarnations: vec![0; nodes],
            topology: Topology::new(1, 3, nodes),
            views: vec![1; nodes],
            unsynced: vec![],
            messages: VecDeque::new(),
            outcomes: BTreeMap::new(),
            asks: vec![],
            slow_by: BTreeMap::new(),
            behind: BTreeMap::new(),
            now: 0,
            mutant,
        };
        let all: Vec<usize> = (0..nodes).collect();
        for &node in &all {
            hand.start(node);
        }
        for &node in &all {
            hand.sees(node, &all);
        }
        hand
    }

    /// The holders are to change, or not after all. Nobody is told.
    pub(crate) fn change(&mut self, kind: ChangeKind) {
        let names: Vec<_> = (0..self.replicas.len()).map(number).collect();
        let change = Change { at: self.now, partition: PARTITION, kind };
        assert!(self.topology.change(&change, &names));
    }

    /// Goes on for so many rounds, in which only what `delivered` says is delivered; whether the
    /// move is completed in one of them.
    pub(crate) fn arrives(
        &mut self,
        rounds: usize,
        delivered: impl Fn(usize, usize, &Message) -> bool,
    ) -> bool {
        let mut has_moved = false;
        for _ in 0..rounds {
            self.tick_all();
            self.deliver(&delivered);
            has_moved = has_moved || self.complete();
        }
        has_moved
    }

    /// Completes the move if every next holder has said that it has all; whether they have.
    pub(crate) fn complete(&mut self) -> bool {
        for (node, replica) in self.replicas.iter().enumerate() {
            let Some(replica) = replica else { continue };
            for (partition, configuration) in replica.synced() {
                self.topology.report(partition, configuration, number(node));
            }
        }
        let has_moved = self.topology.completable().is_some();
        if has_moved {
            self.topology.complete(PARTITION);
        }
        has_moved
    }

    /// `node` learns the latest view.
    pub(crate) fn learn(&mut self, node: usize) {
        self.views[node] = self.topology.epoch();
        let placement = self.topology.placement(self.views[node], number(node));
        self.tell(node, Event::Placement(Box::new(placement)));
    }

    pub(crate) fn start(&mut self, node: usize) {
        self.incarnations[node] += 1;
        let mut replica = Replica::new(
            number(node),
            Incarnation::new(self.incarnations[node]),
            quick(),
            self.topology.placement(self.views[node], number(node)),
            &self.disks[node],
            7,
        );
        if let Some(mutant) = self.mutant {
            replica.mutate(mutant);
        }
        self.replicas[node] = Some(replica);
    }

    /// From now on `node` takes these for reachable, and no others.
    pub(crate) fn sees(&mut self, node: usize, others: &[usize]) {
        for other in 0..self.replicas.len() {
            let (peer, incarnation) = (number(other), self.incarnations[other]);
            let reachable = Event::Reachable { peer, incarnation: Incarnation::new(incarnation) };
            let is_seen = others.contains(&other);
            self.tell(node, if is_seen { reachable } else { Event::Unreachable { peer } });
        }
    }

    /// The node is gone, with all that it had not synced.
    pub(crate) fn crash(&mut self, node: usize) {
        self.replicas[node] = None;
        self.disks[node].cut(0);
        self.disks[node].forget_unsynced();
    }

    /// The disk of `node` is replaced by an empty one, and it starts as if nothing had happened.
    pub(crate) fn lose_disk(&mut self, node: usize) {
        self.disks[node] = Disk::default();
        self.start(node);
    }

    /// A client asks `node`; the number is for [`told`](Self::told).
    pub(crate) fn ask(&mut self, node: usize, ask: Ask) -> u64 {
        let client = self.asks.len() as u64;
        let operation = operation(&ask, false, &mut Random::new(0));
        self.now += 1;
        self.asks.push((ask, self.now));
        let (client_id, key) = (ClientId(client), key(PARTITION, 0));
        let event = Event::Request {
            client: client_id,
            partition: PARTITION,
            key,
            operation,
            timeout_ms: 100_000,
        };
        self.tell(node, event);
        client
    }

    pub(crate) fn told(&self, client: u64) -> Option<&Outcome> {
        self.outcomes.get(&client)
    }

    /// Time passes, and `node` notices.
    pub(crate) fn tick(&mut self, node: usize) {
        self.now += 20;
        self.tell(node, Event::Tick);
    }

    /// Delivers what `which` holds for, and what comes of it as far as it holds for that.
    pub(crate) fn deliver(&mut self, which: impl Fn(usize, usize, &Message) -> bool) {
        let is_meant = |(from, to, one): &(usize, usize, Envelope)| which(*from, *to, &one.message);
        while let Some(index) = self.messages.iter().position(is_meant) {
            let (_, to, envelope) = self.messages.remove(index).unwrap();
            self.tell(to, Event::Message(Box::new(envelope)));
        }
    }

    /// Lets time pass until some node is sent a copy, which stays under way; for a while.
    pub(crate) fn compare_until_a_copy_comes(&mut self) {
        for _ in 0..100 {
            self.tick_all();
            self.deliver(|_, _, message| !is_copy(message));
            if self.is_under_way(is_copy) {
                break;
            }
        }
    }

    /// Whether a message that `which` holds for is under way.
    pub(crate) fn is_under_way(&self, which: impl Fn(&Message) -> bool) -> bool {
        self.messages.iter().any(|(_, _, one)| which(&one.message))
    }

    /// How many messages that `which` holds for are under way.
    pub(crate) fn count(&self, which: impl Fn(&Message) -> bool) -> usize {
        self.messages.iter().filter(|(_, _, one)| which(&one.message)).count()
    }

    pub(crate) fn found(&self, client: u64) -> bool {
        matches!(self.told(client), Some(Outcome::Found(_)))
    }

    pub(crate) fn wrote(&self, client: u64) -> bool {
        matches!(self.told(client), Some(Outcome::Written { .. }))
    }

    /// Time passes, and every node notices.
    pub(crate) fn tick_all(&mut self) {
        for node in 0..self.replicas.len() {
            self.tick(node);
        }
    }

    /// Time passes, and nobody notices.
    pub(crate) fn wait(&mut self, ms: u64) {
        self.now += ms;
    }

    /// How many records each disk holds.
    pub(crate) fn records(&self) -> [usize; 3] {
        [A, B, C].map(|node| self.disks[node].synced.records.len())
    }

    /// How many records `node` has read with their values.
    pub(crate) fn values_read(&self, node: usize) -> usize {
        self.disks[node].values_read.get()
    }

    /// Whether the disks hold the same records.
    pub(crate) fn hold_the_same(&self) -> bool {
        let [a, b, c] = [A, B, C].map(|node| &self.disks[node].synced.records);
        a == b && b == c
    }

    /// How many bytes of values `node` has on their way to its disk.
    pub(crate) fn unsynced_bytes(&self, node: usize) -> usize {
        self.replicas[node].as_ref().map_or(0, |replica| replica.status().unsynced_bytes)
    }

    /// How many messages `node` has ignored because no replica that works sends them.
    pub(crate) fn implausible(&self, node: usize) -> u64 {
        self.replicas[node].as_ref().map_or(0, |replica| replica.status().implausible)
    }

    /// Which disks hold a promise.
    pub(crate) fn promises(&self) -> [bool; 3] {
        [A, B, C].map(|node| !self.disks[node].synced.states.is_empty())
    }

    /// Changes what is under way.
    pub(crate) fn alter(&mut self, how: impl Fn(&mut Envelope)) {
        self.messages.iter_mut().for_each(|(_, _, envelope)| how(envelope));
    }

    /// What is still under way is lost.
    pub(crate) fn lose_all(&mut self) {
        self.messages.clear();
    }

    fn tell(&mut self, node: usize, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            let Some(replica) = &mut self.replicas[node] else { return };
            let slow_by = self.slow_by.get(&node).copied().unwrap_or_default();
            let wall = Wall::new(1_000_000 + self.now - slow_by);
            let now = Now { instant: Instant::new(self.now), wall };
            let mut effects = Vec::new();
            replica.handle(now, event, &self.disks[node], &mut effects);
            for effect in effects {
                match effect {
                    Effect::Send { to, envelope } => {
                        self.messages.push_back((node, crate::cluster::index(to), envelope));
                    }
                    Effect::Store { ticket, writes } => {
                        self.disks[node].write(ticket, writes);
                        if !self.unsynced.contains(&node) {
                            for write in self.disks[node].sync(ticket) {
                                self.disks[node].synced.apply(&write);
                            }
                            events.push_back(Event::Stored(Ticket(ticket.0)));
                        }
                    }
                    Effect::Reply { client, outcome } => {
                        self.outcomes.insert(client.0, outcome);
                        self.now += 1;
                    }
                    Effect::Behind { epoch, .. } => {
                        self.behind.insert(node, epoch.get());
                    }
                }
            }
        }
    }

    /// What was asked and told, each in its turn; what was not answered is unknown.
    pub(crate) fn history(&self) -> History {
        let told = |client: u64| match self.told(client) {
            Some(Outcome::Found(record)) => {
                let ringway_replica::Body::Value(value) = &record.body else { panic!() };
                let mark = Mark::from_le_bytes(value.bytes.as_ref().try_into().unwrap());
                Told::Found { mark, version: record.written }
            }
            Some(Outcome::NotFound) => Told::NotFound,
            Some(&Outcome::Written { version, .. }) => Told::Written { version },
            Some(Outcome::Deleted { .. }) => Told::Deleted,
            None => Told::Unknown,
            other => panic!("not part of any story: {other:?}"),
        };
        let operations = self.asks.iter().enumerate().map(|(client, (ask, from))| {
            let told = told(client as u64);
            let next = self.asks.get(client + 1).map_or(self.now, |&(_, next)| next - 1);
            let until = (told != Told::Unknown).then_some(next);
            Operation { client, ask: ask.clone(), told, from: *from, until }
        });
        History { operations: operations.collect() }
    }
}
