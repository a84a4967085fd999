//! How far a change of the ring is, as Prometheus reads it.

use metrics::Gauge;

use super::Registry;

/// Handles, looked up once.
pub(crate) struct RingMetrics {
    left: Gauge,
    moving: Gauge,
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
            seconds_left: registry.gauge(
                "ringway_ring_change_seconds_left",
                "About how long the rest of the change takes; NaN where that is not known",
            ),
        }
    }

    /// Sets them. `seconds_left` is for a change that is on its way.
    #[expect(clippy::cast_precision_loss, reason = "gauges are floats; counts are far below 2^53")]
    pub(crate) fn set(&self, left: usize, moving: usize, seconds_left: Option<u64>) {
        self.left.set(left as f64);
        self.moving.set(moving as f64);
        let unknown = if left == 0 { 0.0 } else { f64::NAN };
        self.seconds_left.set(seconds_left.map_or(unknown, |seconds| seconds as f64));
    }
}
