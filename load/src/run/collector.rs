//! Gathers what the threads have counted.

use std::sync::atomic::Ordering;
use std::sync::{Arc, atomic::AtomicU64};
use std::time::Duration;

use super::plan::Plan;
use super::run_error::RunError;
use super::worker::Worker;
use crate::output::CsvWriter;
use crate::stats::{Tally, Timeline, Window};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// As it should.
    Whole,
    /// Somebody interrupted it.
    Interrupted,
}

/// What a run has shown.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) plan: Arc<Plan>,
    pub(crate) how: How,
    pub(crate) elapsed: Duration,
    pub(crate) tally: Tally,
    pub(crate) timeline: Timeline,
}

/// Gathers what the threads have counted, and passes samples on to the file.
#[derive(Debug)]
pub(crate) struct Collector {
    pub(crate) plan: Arc<Plan>,
    pub(crate) tally: Tally,
    pub(crate) timeline: Timeline,
    loaded: Arc<AtomicU64>,
    csv: Option<CsvWriter>,
}

impl Collector {
    pub(super) fn new(plan: Arc<Plan>, loaded: Arc<AtomicU64>, csv: Option<CsvWriter>) -> Self {
        Self { plan, tally: Tally::default(), timeline: Timeline::new(Worker::WINDOW), loaded, csv }
    }

    /// How many keys are stored by now.
    pub(crate) fn loaded(&self) -> u64 {
        self.loaded.load(Ordering::Relaxed)
    }

    pub(super) fn add(&mut self, window: &Window) -> Result<(), RunError> {
        self.tally.add(window);
        self.timeline.add(window);
        let Some(csv) = &mut self.csv else { return Ok(()) };
        let written = csv.write(window);
        if written.is_err() {
            // What it still has in its buffer can't be written either.
            self.csv = None;
        }
        written
    }

    pub(super) fn end(self, how: How, elapsed: Duration) -> (Results, Result<(), RunError>) {
        let written = self.csv.map_or(Ok(()), CsvWriter::finish);
        let Self { plan, tally, timeline, .. } = self;
        (Results { plan, how, elapsed, tally, timeline }, written)
    }
}
