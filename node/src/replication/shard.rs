//! One replica, and who waits for its answers.

use std::collections::BTreeMap;

use ringway_replica::{
    ClientId, Config, Effect, Envelope, Event, NodeNumber, Outcome, Placement, Reason, Replica,
    Size, Status,
};
use ringway_ring::{Epoch, Partition};
use tokio::sync::oneshot;

use super::outside::Outside;
use crate::peers::PeerMessage;
use crate::store::{Store, StoreName};

/// One replica, and who waits for its answers.
pub(super) struct Shard {
    number: u8,
    replica: Replica,
    last_client: u64,
    waiting: BTreeMap<ClientId, oneshot::Sender<Outcome>>,
    /// Kept for its memory; empty between events.
    effects: Vec<Effect>,
}

/// A client's request, asked.
pub(super) enum Asked {
    /// And answered.
    Answered(Outcome),
    /// The answer is to come. It never does where the storage failed.
    Waiting(oneshot::Receiver<Outcome>),
}

impl Shard {
    pub(super) fn new(
        number: usize,
        me: NodeNumber,
        placement: Placement,
        store: &Store,
        seed: u64,
    ) -> Self {
        let incarnation = store.incarnation();
        Self {
            number: u8::try_from(number)
                .unwrap_or_else(|_| unreachable!("there are a handful of shards")),
            replica: Replica::new(me, incarnation, Config::default(), placement, store, seed),
            last_client: 0,
            waiting: BTreeMap::new(),
            effects: Vec::new(),
        }
    }

    /// Tells the replica of a client's request.
    pub(super) fn ask(
        &mut self,
        outside: &Outside,
        event: impl FnOnce(ClientId) -> Event,
    ) -> Asked {
        if outside.store.has_failed() {
            return Asked::Answered(Outcome::NotApplied(Reason::Disk));
        }
        self.last_client += 1;
        let client = ClientId(self.last_client);
        if let Some(outcome) = self.handle(outside, event(client), Some(client)) {
            return Asked::Answered(outcome);
        }
        let (answer, outcome) = oneshot::channel();
        if !outside.store.has_failed() {
            self.waiting.insert(client, answer);
        }
        Asked::Waiting(outcome)
    }

    /// Tells the replica of anything else.
    pub(super) fn tell(&mut self, outside: &Outside, event: Event) {
        self.handle(outside, event, None);
    }

    /// Tells the replica of a message, and whether it was one that a node that works sends:
    /// others are ignored.
    pub(super) fn tell_message(&mut self, outside: &Outside, envelope: Envelope) -> bool {
        let before = self.replica.implausible();
        self.tell(outside, Event::Message(Box::new(envelope)));
        self.replica.implausible() == before
    }

    /// What came of the request of `asking`, if that is known already.
    fn handle(
        &mut self,
        outside: &Outside,
        event: Event,
        asking: Option<ClientId>,
    ) -> Option<Outcome> {
        let (store, now) = (&*outside.store, outside.clock.now());
        self.replica.handle(now, event, store, &mut self.effects);
        if store.has_failed() {
            // It may have decided on what was not read: none of it may leave this node, which
            // is about to end.
            self.effects.clear();
            self.waiting.clear();
            return None;
        }
        let mut answered = None;
        for effect in self.effects.drain(..) {
            match effect {
                Effect::Send { to, envelope } => {
                    let message = PeerMessage::Replication { shard: self.number, envelope };
                    outside.send(to, message);
                }
                Effect::Store { ticket, writes } => {
                    store.submit(StoreName { shard: self.number, ticket }, writes);
                }
                Effect::Behind { peer, epoch } => {
                    outside.behind.send_replace(Some((peer, epoch)));
                }
                Effect::Reply { client, outcome } if Some(client) == asking => {
                    answered = Some(outcome);
                }
                Effect::Reply { client, outcome } => {
                    if let Some(answer) = self.waiting.remove(&client) {
                        // Whoever asked may be gone.
                        let _ = answer.send(outcome);
                    }
                }
            }
        }
        answered
    }

    /// From now on partitions that move are copied at this rate at most.
    pub(super) fn set_handoff_rate(&mut self, bytes_per_second: Option<u64>) {
        self.replica.set_handoff_rate(bytes_per_second);
    }

    /// The partitions that move to this node and that it has in full, each with the
    /// configuration in which it has.
    pub(super) fn synced(&self) -> impl Iterator<Item = (Partition, Epoch)> {
        self.replica.synced()
    }

    /// How much of each partition is stored here.
    pub(super) fn sizes(&self) -> impl Iterator<Item = (Partition, Size)> {
        self.replica.sizes()
    }

    /// How the replica is doing.
    pub(super) fn status(&self) -> Status {
        self.replica.status()
    }
}
