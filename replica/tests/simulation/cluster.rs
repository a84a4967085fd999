//! Nodes, clients and the world between them, event by event.

mod coordinator;
mod happening;
mod network;
mod node;
mod requests;
mod storage;

use std::collections::BTreeMap;

use ringway_replica::{Effect, Event, Instant, NodeNumber, Now, Outcome};
use ringway_ring::{Key, Partition};

use crate::client::Clients;
use crate::disk::Content;
use crate::faults::Kind;
use crate::invariants::Invariants;
use crate::keys::key as key_of;
use crate::random::Random;
use crate::scenario::Scenario;
use crate::topology::Topology;
use crate::weather::Weather;
use coordinator::Coordinator;
use happening::Happening;
pub(crate) use node::Node;

/// A property that does not hold.
pub(crate) type Violation = String;

/// How many places for nodes there are at most.
const PLACES: u32 = 32;

/// A cluster in the middle of a scenario.
pub(crate) struct Cluster {
    pub scenario: Scenario,
    pub random: Random,
    pub now: u64,
    pub nodes: Vec<Node>,
    pub clients: Clients,
    pub topology: Topology,
    coordinator: Coordinator,
    /// What was on disks that are lost for good.
    lost: Vec<(NodeNumber, Content)>,
    /// How often a disk was lost for good.
    pub disks_lost: usize,
    invariants: Invariants,
    agenda: BTreeMap<(u64, u64), Happening>,
    scheduled: u64,
    /// Which node in the second place, and which start of it, the first believes to be connected
    /// to.
    sessions: BTreeMap<(usize, usize), (NodeNumber, u64)>,
    pub trace: Option<Vec<String>>,
    /// How often a leader has handed over.
    pub handovers: usize,
}

impl Cluster {
    pub(crate) fn new(scenario: Scenario, traced: bool) -> Self {
        let Scenario { partitions, replicas, nodes, shows_unsynced, .. } = scenario;
        let mut cluster = Self {
            random: Random::new(scenario.seed ^ 0xc1),
            now: 0,
            nodes: (0..nodes).map(|node| Node::new(number(node), 1, shows_unsynced)).collect(),
            clients: Clients::new(scenario.clients, scenario.keys),
            invariants: Invariants::new(),
            topology: Topology::new(partitions, replicas, nodes),
            coordinator: Coordinator::default(),
            lost: vec![],
            disks_lost: 0,
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
        if cluster.scenario.is_coordinated() {
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
            && let Some(until) = self.weather().paused_until(node, self.now)
        {
            self.schedule(until, happening);
            return Ok(());
        }
        match happening {
            Happening::Tick { node, incarnation } => self.tick(node, incarnation)?,
            Happening::Deliver { to, bytes } => self.deliver(to, &bytes)?,
            Happening::Synced { node, incarnation, ticket, stored } => {
                self.synced(node, incarnation, ticket, stored)?;
            }
            Happening::FaultBegins(index) => self.fault(index, true)?,
            Happening::FaultEnds(index) => self.fault(index, false)?,
            Happening::Link { from, to } => self.link(from, to)?,
            Happening::Changes(index) => {
                let change = self.scenario.changes[index].clone();
                self.change(&change);
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

    fn tick(&mut self, node: usize, incarnation: u64) -> Result<(), Violation> {
        if !self.is_alive(node, incarnation) {
            return Ok(());
        }
        let after = self.now + self.random.between(6, 14);
        self.schedule(after, Happening::Tick { node, incarnation });
        self.tell(node, Event::Tick)?;
        let Some(replica) = &self.nodes[node].replica else { return Ok(()) };
        Invariants::bounded(replica, &self.scenario.config())
    }

    /// Hands an event to a node, and does what it wants done.
    fn tell(&mut self, node: usize, event: Event) -> Result<(), Violation> {
        let wall = self.weather().wall(node, self.now);
        let now = Now { instant: Instant::new(self.now), wall };
        let mut effects = Vec::new();
        let Node { replica, disk, .. } = &mut self.nodes[node];
        let Some(replica) = replica else { return Ok(()) };
        let known = replica.epoch();
        replica.handle(now, event, disk, &mut effects);
        Invariants::told(node, known, replica)?;
        for effect in effects {
            match effect {
                Effect::Send { to, envelope } => {
                    let Some(replica) = &self.nodes[node].replica else { return Ok(()) };
                    let (topology, config) = (&self.topology, self.scenario.config());
                    self.invariants.sent(topology, replica, &envelope, &config, self.now)?;
                    self.handovers += usize::from(matches!(
                        envelope.message,
                        ringway_replica::Message::Handover { .. }
                    ));
                    self.transmit(node, to, &envelope);
                }
                Effect::Store { ticket, writes } => self.store(node, ticket, writes),
                Effect::Reply { client, outcome } => self.answer(client, &outcome)?,
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

    fn fault(&mut self, index: usize, begins: bool) -> Result<(), Violation> {
        let fault = self.scenario.faults[index].clone();
        self.note(|| format!("{} {fault}", if begins { "begins:" } else { "ends:" }));
        match fault.kind {
            Kind::Crash { node } if begins && self.nodes[node].replica.is_some() => {
                self.stop(node)?;
            }
            Kind::Crash { node } if !begins => {
                let Node { replica, lost, .. } = &self.nodes[node];
                if replica.is_none() && lost.is_none() && !self.weather().is_down(node, self.now) {
                    self.start(node);
                }
            }
            Kind::LostDisk { node } if begins => self.lose_disk(node, index)?,
            Kind::LostDisk { node } if self.nodes[node].lost == Some(index) => self.replace(node),
            Kind::Cut { noticed: true, .. } => self.relink(),
            _ => {}
        }
        Ok(())
    }

    fn weather(&self) -> Weather<'_> {
        Weather(&self.scenario.faults)
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

/// The first node in a place.
pub(crate) fn number(node: usize) -> NodeNumber {
    NodeNumber::new(node as u32 + 1)
}

/// The next node in the place of `number`.
fn renewed(number: NodeNumber) -> NodeNumber {
    NodeNumber::new(number.get() + PLACES)
}

/// The place of a node.
pub(crate) fn index(node: NodeNumber) -> usize {
    ((node.get() - 1) % PLACES) as usize
}
