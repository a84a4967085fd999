//! What the clock and the disk have to say.

use std::convert::Infallible;
use std::time::Duration;

use ringway_replica::Event;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{MissedTickBehavior, interval};

use super::{Replication, SHARDS};
use crate::store::Completed;

/// How often a replica is told the time. What it sends again or gives up it does at a tick,
/// so this is the grain of every wait in the protocol.
const TICK: Duration = Duration::from_millis(10);

impl Replication {
    /// Tells every replica the time, for ever.
    pub(super) async fn tick(&self) -> Infallible {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            for shard in &self.shards {
                shard.lock().tell(&self.outside, Event::Tick);
            }
        }
    }

    /// Tells the replicas which of their stores are durable. Ends with the store.
    pub(super) async fn report_stores(&self, mut completed: UnboundedReceiver<Vec<Completed>>) {
        while let Some(mut commit) = completed.recv().await {
            // The sort is stable: each shard learns of its stores in their order, and takes
            // its lock once for a commit.
            commit.sort_by_key(|one| one.name.shard);
            for stores in commit.chunk_by(|one, next| one.name.shard == next.name.shard) {
                let number = stores.first().map_or(SHARDS, |one| usize::from(one.name.shard));
                let Some(shard) = self.shards.get(number) else { continue };
                let mut shard = shard.lock();
                for Completed { name, stored } in stores {
                    let event = match stored {
                        Ok(()) => Event::Stored(name.ticket),
                        Err(refused) => {
                            tracing::warn!(error = %refused, "a store was refused");
                            Event::StoreFailed(name.ticket)
                        }
                    };
                    shard.tell(&self.outside, event);
                }
            }
        }
    }
}
