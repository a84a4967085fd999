//! What consensus tells of itself.

use metrics::Gauge;

use super::types::Metrics;
use crate::metrics::Registry;

/// What consensus tells of itself, as Prometheus reads it.
pub struct ConsensusMetrics {
    term: Gauge,
    applied: Gauge,
    leader: Gauge,
    is_leader: Gauge,
    voters: Gauge,
    learners: Gauge,
}

impl ConsensusMetrics {
    /// Registers them.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Self {
            term: registry.gauge("ringway_consensus_term", "Elections so far, roughly"),
            applied: registry.gauge("ringway_consensus_applied_index", "Entries applied so far"),
            leader: registry.gauge("ringway_consensus_leader", "Number of the leader; 0: none"),
            is_leader: registry.gauge("ringway_consensus_is_leader", "1 where this node leads"),
            voters: registry.gauge("ringway_consensus_voters", "Nodes that vote"),
            learners: registry.gauge("ringway_consensus_learners", "Nodes that only listen"),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "counts this high take centuries")]
    pub(super) fn set(&self, metrics: &Metrics, is_leader: bool) {
        let config = metrics.membership_config.membership();
        self.term.set(metrics.current_term as f64);
        self.applied.set(metrics.last_applied.map_or(0, |applied| applied.index) as f64);
        self.leader.set(metrics.current_leader.unwrap_or_default() as f64);
        self.is_leader.set(u8::from(is_leader));
        self.voters.set(config.voter_ids().count() as f64);
        self.learners.set(config.learner_ids().count() as f64);
    }
}
