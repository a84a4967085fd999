//! How replication is doing, as Prometheus reads it.

use metrics::{Counter, Gauge};
use ringway_replica::Status;

use crate::metrics::Registry;

/// Handles, looked up once.
pub(crate) struct ReplicationMetrics {
    gauges: Vec<(Gauge, Read)>,
    copied: Counter,
    handed_off: Counter,
    implausible: Counter,
}

/// Where a gauge's value is.
type Read = fn(&Status) -> usize;

/// A gauge's name, what it means, and where its value is.
type Described = (&'static str, &'static str, Read);

const GAUGES: &[Described] = &[
    ("ringway_replication_partitions", "Partitions that this node holds", |s| s.partitions),
    ("ringway_replication_led", "Partitions that this node leads", |s| s.led),
    (
        "ringway_replication_counted",
        "Partitions whose records were counted since the start, and can be compared",
        |s| s.counted,
    ),
    (
        "ringway_replication_unchecked",
        "Partitions not compared yet with a holder that can be reached, since either came back",
        |s| s.unchecked,
    ),
    (
        "ringway_replication_behind",
        "Partitions known to differ from another holder's, and not repaired yet",
        |s| s.behind,
    ),
    ("ringway_replication_requests", "Requests whose outcome is open", |s| s.requests),
    ("ringway_replication_proposals", "Records in flight to the other holders", |s| s.proposals),
    ("ringway_replication_unsynced", "Answers that wait for the disk", |s| s.unsynced),
    ("ringway_replication_unsynced_value_bytes", "Bytes of values on their way to the disk", |s| {
        s.unsynced_bytes
    }),
    ("ringway_replication_graves", "Tombstones on their way out", |s| s.graves),
    ("ringway_replication_sessions", "Partitions being repaired", |s| s.sessions),
    ("ringway_replication_moving", "Partitions that this node holds or will, and that move", |s| {
        s.moving
    }),
    (
        "ringway_replication_synced",
        "Moving partitions of which this node has all that the move needs",
        |s| s.synced,
    ),
    (
        "ringway_replication_clearing",
        "Partitions of which this node removes what it holds no more",
        |s| s.clearing,
    ),
];

impl ReplicationMetrics {
    /// Registers them.
    #[must_use]
    pub(crate) fn new(registry: &Registry) -> Self {
        let gauge = |&(name, about, read): &Described| (registry.gauge(name, about), read);
        Self {
            gauges: GAUGES.iter().map(gauge).collect(),
            copied: registry.counter(
                "ringway_replication_copied_total",
                "Records copied from other holders since the start",
                &[],
            ),
            handed_off: registry.counter(
                "ringway_replication_handed_off_bytes_total",
                "Bytes of values copied of partitions that moved, since the start",
                &[],
            ),
            implausible: registry.counter(
                "ringway_replication_implausible_total",
                "Messages that no node that works sends, and that were ignored",
                &[],
            ),
        }
    }

    /// Sets them to `status`.
    #[expect(clippy::cast_precision_loss, reason = "gauges are floats; counts are far below 2^53")]
    pub(crate) fn set(&self, status: &Status) {
        for (gauge, read) in &self.gauges {
            gauge.set(read(status) as f64);
        }
        self.copied.absolute(status.copied);
        self.handed_off.absolute(status.handed_off);
        self.implausible.absolute(status.implausible);
    }
}
