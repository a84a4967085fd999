//! What the peer transport counts.

use std::collections::BTreeMap;

use metrics::{Counter, Gauge, Label};

use super::PeerRefusal;
use super::send_queue::Dropped;
use crate::metrics::Registry;

/// Handles, looked up once.
#[derive(Clone)]
pub struct PeerMetrics {
    pub(super) connected: Gauge,
    pub(super) reconnects: Counter,
    pub(super) messages_sent: Counter,
    pub(super) bytes_sent: Counter,
    pub(super) writes: Counter,
    pub(super) messages_received: Counter,
    pub(super) bytes_received: Counter,
    pub(super) asks_refused: Counter,
    dropped: BTreeMap<Dropped, Counter>,
    refused: BTreeMap<&'static str, Counter>,
}

impl PeerMetrics {
    /// Registers them.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        let plain = |name, about| registry.counter(name, about, &[]);
        let by_reason = |name, about, reason| {
            registry.counter(name, about, &[Label::from_static_parts("reason", reason)])
        };
        Self {
            connected: registry
                .gauge("ringway_peers_connected", "Other nodes that messages can be sent to"),
            reconnects: plain(
                "ringway_peer_reconnects_total",
                "Connections to other nodes that followed earlier ones",
            ),
            messages_sent: plain(
                "ringway_peer_messages_sent_total",
                "Messages handed to the system for other nodes",
            ),
            bytes_sent: plain("ringway_peer_bytes_sent_total", "Bytes of messages sent"),
            writes: plain(
                "ringway_peer_writes_total",
                "Calls of the system that wrote messages, each as many as waited",
            ),
            messages_received: plain(
                "ringway_peer_messages_received_total",
                "Messages from other nodes",
            ),
            bytes_received: plain(
                "ringway_peer_bytes_received_total",
                "Bytes of messages received",
            ),
            asks_refused: plain(
                "ringway_peer_asks_refused_total",
                "Questions of other nodes for which there was no place",
            ),
            dropped: Dropped::ALL
                .iter()
                .map(|&dropped| {
                    let about = "Messages to other nodes that were not sent";
                    let name = "ringway_peer_messages_dropped_total";
                    (dropped, by_reason(name, about, dropped.reason()))
                })
                .collect(),
            refused: PeerRefusal::REASONS
                .iter()
                .map(|&reason| {
                    let about = "Connections with other nodes, or strangers, that were refused";
                    (reason, by_reason("ringway_peer_refused_total", about, reason))
                })
                .collect(),
        }
    }

    pub(super) fn dropped(&self, why: Dropped, messages: usize) {
        if let Some(counter) = self.dropped.get(&why) {
            counter.increment(messages as u64);
        }
    }

    pub(super) fn refused(&self, refusal: &PeerRefusal) {
        if let Some(counter) = self.refused.get(refusal.reason()) {
            counter.increment(1);
        }
    }
}
