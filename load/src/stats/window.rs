//! What a thread counts before it hands it over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Latencies, Outcome, Sample};
use crate::workload::Operation;

/// What one thread has counted since it last handed over.
#[derive(Debug)]
pub(crate) struct Window {
    /// When it began, from the beginning of the run on.
    pub(crate) begin: Duration,
    /// Of what succeeded.
    pub(crate) latencies: BTreeMap<Operation, Latencies>,
    /// Of what failed, as long as that took.
    pub(crate) failed: Latencies,
    /// Of what succeeded, from when it was sent; only where that is not when it was to start.
    pub(crate) service: Option<Latencies>,
    pub(crate) outcomes: [u64; Outcome::ALL.len()],
    pub(crate) statuses: BTreeMap<u16, u64>,
    /// By number of the thread's node table.
    pub(crate) served: Vec<u64>,
    /// The table.
    pub(crate) names: Vec<Arc<str>>,
    pub(crate) bytes: u64,
    /// All samples, where somebody wants them.
    pub(crate) samples: Vec<Sample>,
}

impl Window {
    pub(crate) fn new(begin: Duration) -> Self {
        Self {
            begin,
            latencies: BTreeMap::new(),
            failed: Latencies::new(),
            service: None,
            outcomes: [0; Outcome::ALL.len()],
            statuses: BTreeMap::new(),
            served: Vec::new(),
            names: Vec::new(),
            bytes: 0,
            samples: Vec::new(),
        }
    }

    /// Counts `sample`, whose latency by the clock of an open loop is not its service time.
    pub(crate) fn count(&mut self, sample: &Sample, open: bool) {
        if sample.outcome == Outcome::Done {
            let latencies = self.latencies.entry(sample.operation);
            latencies.or_insert_with(Latencies::new).record(sample.latency);
            if open {
                self.service.get_or_insert_with(Latencies::new).record(sample.service);
            }
        } else {
            self.failed.record(sample.latency);
        }
        if let Some(count) = self.outcomes.get_mut(sample.outcome as usize) {
            *count += 1;
        }
        if sample.status != 0 {
            *self.statuses.entry(sample.status).or_default() += 1;
        }
        if let Some(node) = sample.node {
            let index = usize::from(node.0);
            if index >= self.served.len() {
                self.served.resize(index + 1, 0);
            }
            if let Some(count) = self.served.get_mut(index) {
                *count += 1;
            }
        }
        self.bytes += sample.bytes;
    }
}
