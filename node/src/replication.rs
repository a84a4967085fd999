//! Drives the replication protocol: clock, disk, network and clients on one side, the pure
//! [`Replica`](ringway_replica::Replica) on the other.
//!
//! The partitions are dealt out to a few *shards*, each a replica of its own behind a lock.
//! Whoever has news takes the lock, tells the replica, and carries out what it wants done
//! before the lock is given back, none of which waits: stores are queued in the order of their
//! tickets, messages are queued for the network, answers wake who waits for them. So a read
//! that needs nobody else is answered without leaving its task.

mod background;
mod clock;
mod inbox;
mod key_pages;
mod metrics;
mod outside;
mod placement;
mod reconfiguration;
mod shard;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use parking_lot::Mutex;
use ringway_replica::{Event, NodeNumber, Operation, Outcome, Reason, Status, Wall};
use ringway_ring::{Key, PartitionCount};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{Semaphore, watch};

pub(crate) use self::metrics::ReplicationMetrics;
pub(crate) use self::placement::SHARDS;

use self::clock::Clock;
use self::key_pages::SCANS_MAX;
use self::outside::Outside;
use self::placement::{Placements, shard_of};
use self::shard::{Asked, Shard};
use crate::membership::Cluster;
use crate::once_a_minute::OnceAMinute;
use crate::peers::Peers;
use crate::store::{Completed, Store};

/// One node's part in the replication of every partition.
pub struct Replication {
    me: NodeNumber,
    partitions: PartitionCount,
    shards: Vec<Mutex<Shard>>,
    outside: Outside,
    /// Of the view that it goes by.
    epoch: AtomicU64,
    /// What the shards were told last; locked while they are told.
    placements: Mutex<Placements>,
    /// Places for scans for other nodes.
    scans: Arc<Semaphore>,
}

impl Replication {
    /// The part that `me` has in `cluster`, with what it finds in `store`.
    #[must_use]
    pub fn new(
        me: NodeNumber,
        cluster: &Cluster,
        store: Arc<Store>,
        peers: Option<Arc<Peers>>,
    ) -> Self {
        let seed = RandomState::new();
        let mut placements = Placements::new(me);
        let shards = placements
            .news(cluster)
            .into_iter()
            .enumerate()
            .map(|(shard, placement)| {
                Mutex::new(Shard::new(shard, me, placement, &store, seed.hash_one(shard)))
            })
            .collect();
        let outside = Outside {
            store,
            peers,
            clock: Clock::start(),
            complaints: OnceAMinute::new(),
            behind: watch::Sender::default(),
        };
        let epoch = AtomicU64::new(cluster.epoch().get());
        let scans = Arc::new(Semaphore::new(SCANS_MAX));
        let (partitions, placements) = (cluster.partitions(), Mutex::new(placements));
        Self { me, partitions, shards, outside, epoch, placements, scans }
    }

    /// Does `operation` with `key`, wherever the key is led, and tells what became of it
    /// within `timeout` or little more.
    pub async fn perform(
        &self,
        key: Key<'static>,
        operation: Operation,
        timeout: Duration,
    ) -> Outcome {
        let partition = self.partitions.partition(key.position());
        let Some(shard) = self.shards.get(shard_of(partition)) else {
            unreachable!("a number modulo the count of shards is below it");
        };
        let timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        let is_write = operation.is_write();
        let asked = shard.lock().ask(&self.outside, |client| Event::Request {
            client,
            partition,
            key,
            operation,
            timeout_ms,
        });
        match asked {
            Asked::Answered(outcome) => outcome,
            Asked::Waiting(outcome) => outcome.await.unwrap_or_else(|_| unanswered(is_write)),
        }
    }

    /// How it is doing, over all shards.
    #[must_use]
    pub fn status(&self) -> Status {
        let statuses = self.shards.iter().map(|shard| shard.lock().status());
        statuses.fold(Status::default(), Status::plus)
    }

    /// The time by the clock on the wall, by which values expire.
    #[must_use]
    pub fn wall(&self) -> Wall {
        self.outside.clock.now().wall
    }

    /// Whether `peer` can be reached from here.
    #[must_use]
    pub fn reaches(&self, peer: NodeNumber) -> bool {
        peer == self.me || self.outside.peers.as_ref().is_some_and(|peers| peers.reaches(peer))
    }

    /// Tells the replicas what the disk and the clock say, for ever. When the store has ended
    /// the clock goes on: whoever still waits for it learns at a tick that nothing will come.
    pub async fn run(self: Arc<Self>, completed: UnboundedReceiver<Vec<Completed>>) {
        tokio::join!(self.tick(), self.report_stores(completed));
    }
}

/// What to say where the storage failed under a request, and nothing is known any more.
fn unanswered(is_write: bool) -> Outcome {
    if is_write { Outcome::Unknown } else { Outcome::NotApplied(Reason::Disk) }
}
