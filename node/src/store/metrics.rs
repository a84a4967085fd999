//! What the store counts.

use std::time::Duration;

use metrics::{Counter, Gauge, Histogram};

use super::totals::Totals;
use crate::metrics::Registry;

/// Handles, looked up once.
#[derive(Clone)]
pub struct StoreMetrics {
    batches: Counter,
    batch_stores: Histogram,
    syncs: Counter,
    sync_seconds: Histogram,
    keys: Gauge,
    value_bytes: Gauge,
    tombstones: Gauge,
}

impl StoreMetrics {
    /// Registers them.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            batches: registry.counter(
                "ringway_group_commits_total",
                "Commits, each of all stores that waited",
                &[],
            ),
            batch_stores: registry.histogram(
                "ringway_group_commit_writes",
                "Stores in one commit",
                &[],
            ),
            syncs: registry.counter("ringway_fsyncs_total", "Fsyncs of the journal", &[]),
            sync_seconds: registry.histogram(
                "ringway_fsync_seconds",
                "Time that a commit and its fsync take",
                &[],
            ),
            keys: registry.gauge("ringway_keys", "Keys stored that have a value, expired or not"),
            value_bytes: registry.gauge("ringway_value_bytes", "Bytes of the stored values"),
            tombstones: registry.gauge(
                "ringway_tombstones",
                "Keys stored that are deleted, but not yet on every replica",
            ),
        }
    }

    pub(super) fn batch(&self, stores: usize) {
        self.batches.increment(1);
        self.batch_stores.record(u32::try_from(stores).unwrap_or(u32::MAX));
    }

    pub(super) fn synced(&self, took: Duration) {
        self.syncs.increment(1);
        self.sync_seconds.record(took);
    }

    #[expect(clippy::cast_precision_loss, reason = "gauges are floats; 2^53 bytes are 8 PiB")]
    pub(super) fn stored(&self, totals: Totals) {
        self.keys.set(totals.keys as f64);
        self.value_bytes.set(totals.value_bytes as f64);
        self.tombstones.set(totals.tombstones as f64);
    }
}
