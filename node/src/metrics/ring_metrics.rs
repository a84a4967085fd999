//! How far a change of the ring is, as Prometheus reads it.

use metrics::Gauge;
use ringway_ring::ChangeProgress;

use super::Registry;

/// Handles, looked up once.
pub(crate) struct RingMetrics {
    left: Gauge,
    moving: Gauge,
    bytes: Gauge,
    bytes_left: Gauge,
    seconds_left: Gauge,
}

impl RingMetrics {
    /// Registers them.
    #[must_use]
    pub(crate) fn new(registry: &Registry) -> Self {
        Self {
            left: registry.gauge(
                "ringway_ring_partitions_left",
                "Partitions of the whole ring that a change has not brought to where they shall be",
            ),
            moving: registry.gauge(
                "ringway_ring_partitions_moving",
                "Partitions of the whole ring that are moving, of those that are left",
            ),
            bytes: registry.gauge(
                "ringway_ring_change_bytes",
                "Bytes of values that a change brings to new holders, as counted when it began; NaN \
                 before that is done",
            ),
            bytes_left: registry.gauge(
                "ringway_ring_change_bytes_left",
                "Those of partitions that have not arrived; NaN before they are counted",
            ),
            seconds_left: registry.gauge(
                "ringway_ring_change_seconds_left",
                "About how long the rest of the change takes; NaN where that is not known",
            ),
        }
    }

    /// Sets them; `change` says how far a change is, `moving` how many partitions are.
    #[expect(clippy::cast_precision_loss, reason = "gauges are floats; counts are far below 2^53")]
    pub(crate) fn set(&self, moving: usize, change: Option<ChangeProgress>) {
        self.moving.set(moving as f64);
        self.left.set(change.map_or(0, |change| change.partitions_left) as f64);
        let value = |of: fn(ChangeProgress) -> Option<u64>| {
            change.map_or(0.0, |change| of(change).map_or(f64::NAN, |value| value as f64))
        };
        self.bytes.set(value(|change| change.bytes));
        self.bytes_left.set(value(|change| change.bytes_left));
        self.seconds_left.set(value(|change| change.seconds_left));
    }
}
