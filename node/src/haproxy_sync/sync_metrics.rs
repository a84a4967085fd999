//! How far behind HAProxy is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use ringway_ring::Epoch;

use super::applier::Change;

/// How far behind HAProxy is, as Prometheus reads it.
#[derive(Clone, Debug)]
pub(super) struct SyncMetrics(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    started: Instant,
    told: Option<Epoch>,
    applied: Option<Epoch>,
    /// Since when there is something that HAProxy doesn't have, or may not have.
    behind_since: Option<Instant>,
    heard: Option<Instant>,
    changes: u64,
    failures: u64,
    last_change: Duration,
    last_swap: Duration,
}

impl SyncMetrics {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            started: Instant::now(),
            told: None,
            applied: None,
            behind_since: None,
            heard: None,
            changes: 0,
            failures: 0,
            last_change: Duration::ZERO,
            last_swap: Duration::ZERO,
        })))
    }

    /// A node has answered.
    pub(super) fn heard(&self) {
        self.0.lock().heard = Some(Instant::now());
    }

    /// There is a view of `epoch`.
    pub(super) fn told(&self, epoch: Epoch) {
        let mut state = self.0.lock();
        state.told = Some(epoch);
        state.behind_since.get_or_insert_with(Instant::now);
    }

    /// HAProxy was made as the view of `epoch` says, or was that already without a `change`.
    pub(super) fn applied(&self, epoch: Epoch, change: Option<Change>) {
        let mut state = self.0.lock();
        state.applied = Some(epoch);
        if state.told <= Some(epoch) {
            state.behind_since = None;
        }
        if let Some(change) = change {
            state.changes += 1;
            state.last_change = change.took;
            state.last_swap = change.swap.unwrap_or(state.last_swap);
        }
    }

    /// HAProxy could not be made so.
    pub(super) fn failed(&self) {
        let mut state = self.0.lock();
        state.failures += 1;
        state.behind_since.get_or_insert_with(Instant::now);
    }

    /// For Prometheus.
    pub(super) fn render(&self, now: Instant) -> String {
        let state = self.0.lock();
        let number = |epoch: Option<Epoch>| epoch.map_or(0, Epoch::get).to_string();
        let since = |instant| now.saturating_duration_since(instant).as_secs_f64().to_string();
        let lag = state.behind_since.map_or_else(|| "0".to_owned(), since);
        let rows = [
            (
                "epoch",
                "gauge",
                "The epoch of the ring that HAProxy serves by.",
                number(state.applied),
            ),
            (
                "view_epoch",
                "gauge",
                "The latest epoch that nodes have told of.",
                number(state.told),
            ),
            ("lag_seconds", "gauge", "For how long HAProxy has not had the latest ring.", lag),
            (
                "silence_seconds",
                "gauge",
                "How long ago a node has answered.",
                since(state.heard.unwrap_or(state.started)),
            ),
            (
                "changes_total",
                "counter",
                "How often HAProxy was changed.",
                state.changes.to_string(),
            ),
            ("failures_total", "counter", "How often it could not be.", state.failures.to_string()),
            (
                "last_change_seconds",
                "gauge",
                "How long the last change took.",
                state.last_change.as_secs_f64().to_string(),
            ),
            (
                "last_swap_seconds",
                "gauge",
                "How long it took to exchange the map, the last time.",
                state.last_swap.as_secs_f64().to_string(),
            ),
        ];
        let row = |(name, kind, about, value): (&str, &str, &str, String)| {
            let name = format!("ringway_haproxy_sync_{name}");
            format!("# HELP {name} {about}\n# TYPE {name} {kind}\n{name} {value}\n")
        };
        rows.map(row).concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lag_is_from_the_first_news_that_haproxy_lacks() {
        let metrics = SyncMetrics::new();
        let value = |name: &str, later| {
            let text = metrics.render(Instant::now() + Duration::from_secs(later));
            let name = format!("ringway_haproxy_sync_{name} ");
            let line = text.lines().find_map(|line| line.strip_prefix(&name)).unwrap().to_owned();
            line.parse::<f64>().unwrap()
        };
        assert!(value("lag_seconds", 5) < 0.1);
        metrics.told(Epoch::new(7));
        assert!((5.0..6.0).contains(&value("lag_seconds", 5)));
        metrics.told(Epoch::new(8));
        let change = |took, swap: Option<u64>| {
            Some(Change { took: Duration::from_secs(took), swap: swap.map(Duration::from_secs) })
        };
        metrics.applied(Epoch::new(7), change(3, Some(1)));
        assert!(value("lag_seconds", 5) >= 5.0, "the last is not there yet");
        metrics.applied(Epoch::new(8), change(2, None));
        metrics.applied(Epoch::new(8), None);
        assert!(value("lag_seconds", 5) < 0.1);
        assert!((value("epoch", 0) - 8.0).abs() < 0.1);
        assert!((value("changes_total", 0) - 2.0).abs() < 0.1);
        assert!((value("last_change_seconds", 0) - 2.0).abs() < 0.1);
        assert!((value("last_swap_seconds", 0) - 1.0).abs() < 0.1, "the last one there was");
        metrics.failed();
        assert!(value("lag_seconds", 5) >= 5.0, "nobody knows what it has");
    }
}
