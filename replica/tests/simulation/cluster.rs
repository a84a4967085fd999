//! Nodes, clients and the world between them, event by event.

use std::collections::BTreeMap;

use ringway_replica::{
    ClientId, Effect, Envelope, Event, Incarnation, Instant, NodeNumber, Now, Outcome, Reason,
    Replica, Ticket, Wall, Write,
};
use ringway_ring::{Key, Partition};

use crate::client::{Clients, PATIENCE_MS, TIMEOUT_MS, operation};
use crate::disk::Disk;
use crate::faults::Kind;
use crate::invariants::Invariants;
use crate::keys::key as key_of;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::topology::Topology;

/// A property that does not hold.
pub(crate) type Violation = String;

/// A cluster in the middle of a scenario.
pub(crate) struct Cluster {
    pub scenario: Scenario,
    pub random: Random,
    pub now: u64,
    pub nodes: Vec<Node>,
    pub clients: Clients,
    pub topology: Topology,
    invariants: Invariants,
    agenda: BTreeMap<(u64, u64), Happening>,
    scheduled: u64,
    /// Which start of the second node the first believes to be connected to.
    sessions: BTreeMap<(usize, usize), u64>,
    pub trace: Option<Vec<String>>,
    /// How often a leader has handed over.
    pub handovers: usize,
}

/// A node, up or down.
pub(crate) struct Node {
    pub replica: Option<Replica>,
    pub disk: Disk,
    incarnation: u64,
    disk_free: u64,
    /// The latest view that it was told of.
    view: u64,
}

/// What will happen.
enum Happening {
    Tick { node: usize, incarnation: u64 },
    Deliver { to: usize, bytes: Vec<u8> },
    Synced { node: usize, incarnation: u64, ticket: Ticket, stored: bool },
    FaultBegins(usize),
    FaultEnds(usize),
    Link { from: usize, to: usize },
    Ask { client: usize },
    Arrive { node: usize, incarnation: u64, event: Box<Event> },
    GiveUp { client: usize, asked: usize },
    Changes(usize),
    Coordinates,
    View { node: usize, epoch: u64 },
}

impl Cluster {
    pub(crate) fn new(scenario: Scenario, traced: bool) -> Self {
        let Scenario { partitions, replicas, nodes, .. } = scenario;
        let mut disk = Disk::default();
        disk.shows_unsynced = scenario.shows_unsynced;
        let node =
            || Node { replica: None, disk: disk.clone(), incarnation: 0, disk_free: 0, view: 1 };
        let mut cluster = Self {
            random: Random::new(scenario.seed ^ 0xc1),
            now: 0,
            nodes: (0..scenario.nodes).map(|_| node()).collect(),
            clients: Clients::new(scenario.clients, scenario.keys),
            invariants: Invariants::new(),
            topology: Topology::new(partitions, replicas, nodes),
            agenda: BTreeMap::new(),
            scheduled: 0,
            sessions: BTreeMap::new(),
            trace: traced.then(Vec::new),
            handovers: 0,
            scenario,
        };
        for node in 0..cluster.nodes.len() {
            cluster.start(node);
        }
        for index in 0..cluster.scenario.faults.len() {
            let (from, until) =
                (cluster.scenario.faults[index].from, cluster.scenario.faults[index].until);
            cluster.schedule(from, Happening::FaultBegins(index));
            cluster.schedule(until, Happening::FaultEnds(index));
        }
        for (index, change) in cluster.scenario.changes.clone().iter().enumerate() {
            cluster.schedule(change.at, Happening::Changes(index));
        }
        if !cluster.scenario.changes.is_empty() {
            cluster.schedule(1, Happening::Coordinates);
        }
        for client in 0..cluster.scenario.clients {
            cluster.schedule(1 + client as u64, Happening::Ask { client });
        }
        cluster
    }

    /// Lets everything happen that happens up to `until`.
    pub(crate) fn run(&mut self, until: u64) -> Result<(), Violation> {
        while let Some(next) = self.agenda.first_entry() {
            if next.key().0 > until {
                break;
            }
            let ((at, _), happening) = next.remove_entry();
            self.now = at;
            self.happen(happening)?;
        }
        self.now = until;
        Ok(())
    }

    fn schedule(&mut self, at: u64, happening: Happening) {
        self.scheduled += 1;
        self.agenda.insert((at, self.scheduled), happening);
    }

    fn happen(&mut self, happening: Happening) -> Result<(), Violation> {
        if let Some(node) = happening.node()
            && let Some(until) = self.paused_until(node)
        {
            self.schedule(until, happening);
            return Ok(());
        }
        match happening {
            Happening::Tick { node, incarnation } => {
                if self.is_alive(node, incarnation) {
                    let after = self.now + self.random.between(6, 14);
                    self.schedule(after, Happening::Tick { node, incarnation });
                    self.tell(node, Event::Tick)?;
                    Invariants::bounded(self.nodes[node].replica.as_ref())?;
                }
            }
            Happening::Deliver { to, bytes } => {
                if self.nodes[to].replica.is_some() {
                    let envelope: Envelope = postcard::from_bytes(&bytes).unwrap();
                    self.note(|| {
                        format!("{to} gets from {}: {:?}", envelope.from, envelope.message)
                    });
                    self.tell(to, Event::Message(Box::new(envelope)))?;
                }
            }
            Happening::Synced { node, incarnation, ticket, stored } => {
                self.synced(node, incarnation, ticket, stored)?;
            }
            Happening::FaultBegins(index) => self.fault(index, true)?,
            Happening::FaultEnds(index) => self.fault(index, false)?,
            Happening::Link { from, to } => self.link(from, to)?,
            Happening::Changes(index) => {
                let change = self.scenario.changes[index].clone();
                if self.topology.change(&change) {
                    self.note(|| format!("{change:?}"));
                    self.publish();
                }
            }
            Happening::Coordinates => self.coordinate(),
            Happening::View { node, epoch } => self.view(node, epoch)?,
            Happening::Ask { client } => self.ask(client),
            Happening::Arrive { node, incarnation, event } => {
                if self.is_alive(node, incarnation) {
                    self.note(|| format!("{node} is asked {event:?}"));
                    self.tell(node, *event)?;
                }
            }
            Happening::GiveUp { client, asked } => {
                let waits = &self.clients.all[client];
                if waits.asked == asked && waits.waiting.is_some() {
                    self.reply(client, &Outcome::Unknown);
                }
            }
        }
        Ok(())
    }

    /// Hands an event to a node, and does what it wants done.
    fn tell(&mut self, node: usize, event: Event) -> Result<(), Violation> {
        let now = Now { instant: Instant::new(self.now), wall: self.wall(node) };
        let mut effects = Vec::new();
        let Node { replica, disk, .. } = &mut self.nodes[node];
        let Some(replica) = replica else { return Ok(()) };
        let known = replica.epoch();
        replica.handle(now, event, disk, &mut effects);
        Invariants::told(node, known, replica)?;
        for effect in effects {
            match effect {
                Effect::Send { to, envelope } => {
                    self.invariants.sent(&envelope)?;
                    self.handovers += usize::from(matches!(
                        envelope.message,
                        ringway_replica::Message::Handover { .. }
                    ));
                    self.transmit(node, index(to), &envelope);
                }
                Effect::Store { ticket, writes } => self.store(node, ticket, writes),
                Effect::Reply { client, outcome } => {
                    let (client, asked) =
                        ((client.0 >> 32) as usize, (client.0 & 0xffff_ffff) as usize);
                    if self.clients.all[client].asked != asked {
                        continue;
                    }
                    if let Some(waiting) = &self.clients.all[client].waiting {
                        let (partition, key) = self.key(waiting.key);
                        let disks: Vec<_> = self.nodes.iter().map(|node| &node.disk).collect();
                        let topology = &self.topology;
                        Invariants::replied(topology, partition, &key, &outcome, &disks)?;
                    }
                    self.reply(client, &outcome);
                }
                Effect::Behind { epoch, .. } => {
                    if !self.scenario.late_views || self.random.percent(80) {
                        let (at, epoch) = (self.now + self.random.between(1, 20), epoch.get());
                        self.schedule(at, Happening::View { node, epoch });
                    }
                }
            }
        }
        Ok(())
    }

    /// Sends bytes, as the weather allows. The receiver gets what they say, never the object.
    fn transmit(&mut self, from: usize, to: usize, envelope: &Envelope) {
        let bytes = postcard::to_allocvec(envelope).unwrap();
        let (mut lost, mut duplicated, mut slower) = (false, 0, 0);
        for fault in &self.scenario.faults {
            if !fault.is_active(self.now) {
                continue;
            }
            match fault.kind {
                Kind::Cut { from: side, to: other, .. } => {
                    lost |= side >> from & 1 == 1 && other >> to & 1 == 1;
                }
                Kind::Loss { percent } => lost |= self.random.percent(percent),
                Kind::Duplication { percent } => duplicated = percent.max(duplicated),
                Kind::Delay { percent, ms } if self.random.percent(percent) => {
                    slower = ms.max(slower);
                }
                _ => {}
            }
        }
        if lost {
            return;
        }
        let at = self.now + self.random.between(1, 4) + self.random.below(slower + 1);
        if self.random.percent(duplicated) {
            let again = at + self.random.below(*[5, 50, 1000].get(at as usize % 3).unwrap());
            self.schedule(again, Happening::Deliver { to, bytes: bytes.clone() });
        }
        self.schedule(at, Happening::Deliver { to, bytes });
    }

    fn store(&mut self, node: usize, ticket: Ticket, writes: Vec<Write>) {
        let (mut slower, mut full) = (0, false);
        for fault in &self.scenario.faults {
            match fault.kind {
                _ if !fault.is_active(self.now) => {}
                Kind::SlowDisk { node: slow, ms } if slow == node => slower = ms.max(slower),
                Kind::FullDisk { node: refusing } => full |= refusing == node,
                _ => {}
            }
        }
        let delay = self.random.below(3) + self.random.below(slower + 1);
        let at = (self.now + delay).max(self.nodes[node].disk_free);
        self.nodes[node].disk_free = at;
        if !full {
            self.nodes[node].disk.write(ticket, writes);
        }
        let incarnation = self.nodes[node].incarnation;
        self.schedule(at, Happening::Synced { node, incarnation, ticket, stored: !full });
    }

    fn synced(
        &mut self,
        node: usize,
        incarnation: u64,
        ticket: Ticket,
        stored: bool,
    ) -> Result<(), Violation> {
        if !self.is_alive(node, incarnation) {
            return Ok(());
        }
        if !stored {
            self.note(|| format!("{node} could not store {ticket:?}"));
            return self.tell(node, Event::StoreFailed(ticket));
        }
        let writes = self.nodes[node].disk.sync(ticket);
        self.note(|| format!("{node} stored {writes:?}"));
        self.nodes[node].apply(&self.topology, node, &writes)?;
        self.tell(node, Event::Stored(ticket))
    }

    /// There is a new view: the nodes hear of it, each in its time or not at all.
    fn publish(&mut self) {
        let epoch = self.topology.epoch();
        for node in 0..self.nodes.len() {
            let late = self.scenario.late_views;
            if late && self.random.percent(30) {
                continue;
            }
            let longest = if late { *self.random.pick(&[5, 30, 300]) } else { 8 };
            let at = self.now + self.random.between(1, longest);
            self.schedule(at, Happening::View { node, epoch });
        }
    }

    fn view(&mut self, node: usize, epoch: u64) -> Result<(), Violation> {
        if self.nodes[node].replica.is_none() {
            return Ok(());
        }
        self.note(|| format!("{node} learns view {epoch}"));
        self.nodes[node].view = epoch.max(self.nodes[node].view);
        let placement = self.topology.placement(epoch, node);
        self.tell(node, Event::Placement(Box::new(placement)))
    }

    /// Hears who has all of what moves, completes a move now and then, and tells the latest
    /// view to somebody.
    fn coordinate(&mut self) {
        for node in 0..self.nodes.len() {
            let Some(replica) = &self.nodes[node].replica else { continue };
            for (partition, configuration) in replica.synced() {
                self.topology.report(partition, configuration, node);
            }
        }
        if let Some(partition) = self.topology.completable()
            && self.random.percent(50)
        {
            self.note(|| format!("partition {partition} has moved"));
            self.topology.complete(partition);
            self.publish();
        }
        if self.random.percent(10) {
            let node = self.random.below(self.nodes.len() as u64) as usize;
            let epoch = self.topology.epoch();
            self.schedule(self.now + 1, Happening::View { node, epoch });
        }
        let at = self.now + self.random.between(5, 25);
        self.schedule(at, Happening::Coordinates);
    }

    fn start(&mut self, node: usize) {
        let known = self.nodes[node].view;
        // What a node knew it may have forgotten, but for what it stored of it.
        let forgets = self.scenario.late_views && self.random.percent(40);
        let view = if forgets { self.random.between(1, known) } else { known };
        let placement = self.topology.placement(view, node);
        let state = &mut self.nodes[node];
        (state.view, state.incarnation) = (view, state.incarnation + 1);
        let mut replica = Replica::new(
            number(node),
            Incarnation::new(state.incarnation),
            Scenario::config(),
            placement,
            &state.disk,
            self.scenario.seed ^ (node as u64) << 32 ^ state.incarnation,
        );
        if let Some(mutant) = self.scenario.mutant {
            replica.mutate(mutant);
        }
        state.replica = Some(replica);
        let incarnation = state.incarnation;
        let at = self.now + 1 + self.random.below(10);
        self.schedule(at, Happening::Tick { node, incarnation });
        self.relink();
    }

    fn stop(&mut self, node: usize) -> Result<(), Violation> {
        self.nodes[node].replica = None;
        self.nodes[node].disk_free = self.now;
        let survived = self.nodes[node].disk.crash(&mut self.random);
        self.note(|| format!("{node} loses what it had not synced but for {survived:?}"));
        self.nodes[node].apply(&self.topology, node, &survived)?;
        self.nodes[node].disk.forget_unsynced();
        for client in 0..self.clients.all.len() {
            let waiting = &self.clients.all[client].waiting;
            if waiting.as_ref().is_some_and(|waiting| waiting.node == node) {
                self.reply(client, &Outcome::Unknown);
            }
        }
        self.relink();
        Ok(())
    }

    fn fault(&mut self, index: usize, begins: bool) -> Result<(), Violation> {
        let fault = self.scenario.faults[index].clone();
        self.note(|| format!("{} {fault}", if begins { "begins:" } else { "ends:" }));
        match fault.kind {
            Kind::Crash { node } if begins && self.nodes[node].replica.is_some() => {
                self.stop(node)?;
            }
            Kind::Crash { node } if self.nodes[node].replica.is_none() && !self.is_down(node) => {
                self.start(node);
            }
            Kind::Cut { noticed: true, .. } => self.relink(),
            _ => {}
        }
        Ok(())
    }

    /// Whether some crash keeps `node` down now.
    fn is_down(&self, node: usize) -> bool {
        let mut faults = self.scenario.faults.iter().filter(|fault| fault.is_active(self.now));
        faults.any(|fault| matches!(fault.kind, Kind::Crash { node: down } if down == node))
    }

    fn paused_until(&self, node: usize) -> Option<u64> {
        let faults = self.scenario.faults.iter().filter(|fault| fault.is_active(self.now));
        let pauses = faults
            .filter(|fault| matches!(fault.kind, Kind::Pause { node: paused } if paused == node));
        pauses.map(|fault| fault.until).max()
    }

    /// Every connection will soon be found broken or made anew.
    fn relink(&mut self) {
        for from in 0..self.nodes.len() {
            for to in 0..self.nodes.len() {
                if from != to {
                    let at = self.now + self.random.between(1, 30);
                    self.schedule(at, Happening::Link { from, to });
                }
            }
        }
    }

    fn link(&mut self, from: usize, to: usize) -> Result<(), Violation> {
        let is_cut = self.scenario.faults.iter().any(|fault| match fault.kind {
            Kind::Cut { from: side, to: other, noticed: true } if fault.is_active(self.now) => {
                let cuts = |one: usize, two: usize| side >> one & 1 == 1 && other >> two & 1 == 1;
                cuts(from, to) || cuts(to, from)
            }
            _ => false,
        });
        let is_up = self.nodes[to].replica.is_some();
        let session = (is_up && !is_cut).then_some(self.nodes[to].incarnation);
        if self.nodes[from].replica.is_none() {
            self.sessions.remove(&(from, to));
            return Ok(());
        }
        let before = match session {
            Some(session) => self.sessions.insert((from, to), session),
            None => self.sessions.remove(&(from, to)),
        };
        if before.is_some() && before != session {
            self.tell(from, Event::Unreachable { peer: number(to) })?;
        }
        if let Some(session) = session {
            let incarnation = Incarnation::new(session);
            self.tell(from, Event::Reachable { peer: number(to), incarnation })?;
        }
        Ok(())
    }

    fn ask(&mut self, client: usize) {
        if self.now >= self.scenario.busy_ms
            || self.clients.all[client].asked >= self.scenario.requests
            || self.clients.all[client].waiting.is_some()
        {
            return;
        }
        let (key, ask, stale) = self.clients.ask(client, self.scenario.keys, &mut self.random);
        let (partition, name) = self.key(key);
        let primary = index(self.topology.holders(partition).0[0]);
        let any = self.random.below(self.nodes.len() as u64) as usize;
        let node = if self.random.percent(self.scenario.to_primary) { primary } else { any };
        let operation = operation(&ask, stale, &mut self.random);
        self.clients.begin(client, node, key, ask, stale, self.now);
        let asked = self.clients.all[client].asked;
        if self.nodes[node].replica.is_none() {
            self.reply(client, &Outcome::NotApplied(Reason::Unreachable));
            return;
        }
        self.schedule(self.now + PATIENCE_MS, Happening::GiveUp { client, asked });
        let event = Box::new(Event::Request {
            client: ClientId((client as u64) << 32 | asked as u64),
            partition,
            key: name,
            operation,
            timeout_ms: TIMEOUT_MS,
        });
        let incarnation = self.nodes[node].incarnation;
        let at = self.now + self.random.below(2);
        self.schedule(at, Happening::Arrive { node, incarnation, event });
    }

    fn reply(&mut self, client: usize, outcome: &Outcome) {
        self.note(|| format!("client {client} is told {outcome:?}"));
        self.clients.told(client, outcome, self.now);
        let at = self.now + 1 + self.random.below(30);
        self.schedule(at, Happening::Ask { client });
    }

    fn is_alive(&self, node: usize, incarnation: u64) -> bool {
        self.nodes[node].replica.is_some() && self.nodes[node].incarnation == incarnation
    }

    fn wall(&self, node: usize) -> Wall {
        let mut wall = Wall::new(1_000_000 + self.now);
        for fault in &self.scenario.faults {
            if let Kind::Clock { node: wrong, by_ms } = fault.kind
                && wrong == node
                && fault.is_active(self.now)
            {
                wall = Wall::new(wall.get().saturating_add_signed(by_ms));
            }
        }
        wall
    }

    /// The name and partition of a key.
    pub(crate) fn key(&self, key: usize) -> (Partition, Key<'static>) {
        let partition = Partition::new(key as u16 % self.scenario.partitions);
        (partition, key_of(partition, key))
    }

    fn note(&mut self, what: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>6} {}", self.now, what()));
        }
    }
}

impl Node {
    /// What became durable is what the disk holds from now on.
    fn apply(
        &mut self,
        topology: &Topology,
        number: usize,
        writes: &[Write],
    ) -> Result<(), Violation> {
        for write in writes {
            Invariants::stored(topology, number, &self.disk.synced, write)?;
            self.disk.synced.apply(write);
        }
        Ok(())
    }
}

impl Happening {
    /// Whom it concerns alone: it waits while that node is paused.
    fn node(&self) -> Option<usize> {
        match *self {
            Self::Tick { node, .. }
            | Self::Deliver { to: node, .. }
            | Self::Synced { node, .. }
            | Self::Arrive { node, .. }
            | Self::View { node, .. }
            | Self::Link { from: node, .. } => Some(node),
            _ => None,
        }
    }
}

pub(crate) fn number(node: usize) -> NodeNumber {
    NodeNumber::new(node as u32 + 1)
}

pub(crate) fn index(node: NodeNumber) -> usize {
    node.get() as usize - 1
}
