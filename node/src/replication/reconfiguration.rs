//! What the cluster's state means for the replicas, and theirs for it.

use std::num::NonZeroU64;
use std::sync::atomic::Ordering;

use ringway_replica::{Event, NodeNumber, Size};
use ringway_ring::{Epoch, Partition};
use tokio::sync::watch;

use super::Replication;
use super::placement::SHARDS;
use crate::coordinator::Progress;
use crate::membership::Cluster;

impl Replication {
    /// The epoch of the view that this node goes by.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        Epoch::new(self.epoch.load(Ordering::Acquire))
    }

    /// Goes by `cluster` from now on, unless it goes by a later state already.
    pub fn place(&self, cluster: &Cluster) {
        let mut placements = self.placements.lock();
        if cluster.epoch() < self.epoch() {
            return;
        }
        // First of all: whoever lists this node's keys counts on its promises under the view
        // of this epoch, and the replicas make others from here on.
        self.epoch.store(cluster.epoch().get(), Ordering::Release);
        let whole = cluster.settings().handoff_bytes_per_second.map(NonZeroU64::get);
        let rate = whole.map(|whole| whole.div_ceil(SHARDS as u64));
        for (shard, placement) in self.shards.iter().zip(placements.news(cluster)) {
            let mut shard = shard.lock();
            shard.set_handoff_rate(rate);
            shard.tell(&self.outside, Event::Placement(Box::new(placement)));
        }
    }

    /// Who knows a later view than this node, whenever somebody turns out to.
    #[must_use]
    pub fn behind(&self) -> watch::Receiver<Option<(NodeNumber, Epoch)>> {
        self.outside.behind.subscribe()
    }

    /// How far this node is.
    #[must_use]
    pub(crate) fn progress(&self) -> Progress {
        let status = self.status();
        let is_counted = status.counted == status.partitions;
        let shards = self.shards.iter();
        Progress {
            synced: shards.flat_map(|shard| shard.lock().synced().collect::<Vec<_>>()).collect(),
            is_caught_up: is_counted && status.unchecked == 0 && status.behind == 0,
            handed_off_bytes: status.handed_off,
        }
    }

    /// How much of each partition is stored here, of those that were counted.
    #[must_use]
    pub fn sizes(&self) -> Vec<(Partition, Size)> {
        let shards = self.shards.iter();
        shards.flat_map(|shard| shard.lock().sizes().collect::<Vec<_>>()).collect()
    }
}
