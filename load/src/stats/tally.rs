//! What all threads have counted.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Latencies, Outcome, Window};
use crate::workload::Operation;

/// What all threads have counted.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// Of what succeeded.
    pub(crate) latencies: BTreeMap<Operation, Latencies>,
    /// Of what failed.
    pub(crate) failed: Latencies,
    /// Of what succeeded, from when it was sent, in an open loop.
    pub(crate) service: Option<Latencies>,
    pub(crate) outcomes: BTreeMap<Outcome, u64>,
    pub(crate) statuses: BTreeMap<u16, u64>,
    pub(crate) nodes: BTreeMap<Arc<str>, u64>,
    pub(crate) bytes: u64,
    /// Begun, and given up when the run was ended before they had.
    pub(crate) unfinished: u64,
    /// Due before the end, and not begun: no connection was free.
    pub(crate) unsent: u64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            latencies: BTreeMap::new(),
            failed: Latencies::new(),
            service: None,
            outcomes: BTreeMap::new(),
            statuses: BTreeMap::new(),
            nodes: BTreeMap::new(),
            bytes: 0,
            unfinished: 0,
            unsent: 0,
        }
    }
}

impl Tally {
    pub(crate) fn add(&mut self, window: &Window) {
        for (operation, latencies) in &window.latencies {
            self.latencies.entry(*operation).or_insert_with(Latencies::new).merge(latencies);
        }
        self.failed.merge(&window.failed);
        if let Some(service) = &window.service {
            self.service.get_or_insert_with(Latencies::new).merge(service);
        }
        for (outcome, count) in Outcome::ALL.into_iter().zip(window.outcomes) {
            if count > 0 {
                *self.outcomes.entry(outcome).or_default() += count;
            }
        }
        for (status, count) in &window.statuses {
            *self.statuses.entry(*status).or_default() += count;
        }
        for (name, count) in window.names.iter().zip(&window.served) {
            if *count > 0 {
                *self.nodes.entry(Arc::clone(name)).or_default() += count;
            }
        }
        self.bytes += window.bytes;
    }

    /// Of all that succeeded.
    pub(crate) fn all(&self) -> Latencies {
        let mut all = Latencies::new();
        self.latencies.values().for_each(|latencies| all.merge(latencies));
        all
    }

    pub(crate) fn requests(&self) -> u64 {
        self.outcomes.values().sum()
    }

    pub(crate) fn succeeded(&self) -> u64 {
        self.outcomes.get(&Outcome::Done).copied().unwrap_or(0)
    }

    pub(crate) fn failures(&self) -> u64 {
        self.requests() - self.succeeded()
    }
}
