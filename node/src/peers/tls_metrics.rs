//! What a node tells of its certificates.

use metrics::{Counter, Gauge};

use crate::metrics::Registry;

/// Handles, looked up once.
#[derive(Clone)]
pub struct TlsMetrics {
    pub(super) certificate_ends: Gauge,
    pub(super) renewals: Counter,
}

impl TlsMetrics {
    /// Registers them.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            certificate_ends: registry.gauge(
                "ringway_peer_certificate_ends_seconds",
                "When this node's present certificate for the other nodes ends, since 1970",
            ),
            renewals: registry.counter(
                "ringway_peer_certificate_renewals_total",
                "Certificates for the other nodes that took the place of earlier ones",
                &[],
            ),
        }
    }
}
