//! Gathers what the threads have counted.

use std::sync::atomic::Ordering;
use std::sync::{Arc, atomic::AtomicU64};
use std::time::Duration;

use super::plan::Plan;
use super::run_error::RunError;
use super::server_change::ServerChange;
use super::worker::Worker;
use crate::output::CsvWriter;
use crate::stats::{Distribution, Tally, Timeline, Window};

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
    /// The parts that it had, if it had any.
    pub(crate) phases: Vec<Phase>,
    /// How servers came and went.
    pub(crate) changes: Vec<ServerChange>,
    /// Which node served which keys.
    pub(crate) distribution: Option<Distribution>,
}

/// A part of a run.
#[derive(Clone, Debug)]
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    pub(crate) begin: Duration,
    pub(crate) tally: Tally,
}

/// Gathers what the threads have counted, and passes samples on to the file.
#[derive(Debug)]
pub(crate) struct Collector {
    pub(crate) plan: Arc<Plan>,
    pub(crate) tally: Tally,
    pub(crate) timeline: Timeline,
    pub(super) phases: Vec<Phase>,
    loaded: Arc<AtomicU64>,
    csv: Option<CsvWriter>,
}

impl Collector {
    pub(super) fn new(plan: Arc<Plan>, loaded: Arc<AtomicU64>, csv: Option<CsvWriter>) -> Self {
        Self {
            plan,
            tally: Tally::default(),
            timeline: Timeline::new(Worker::WINDOW),
            phases: Vec::new(),
            loaded,
            csv,
        }
    }

    /// How many keys are stored by now.
    pub(crate) fn loaded(&self) -> u64 {
        self.loaded.load(Ordering::Relaxed)
    }

    pub(super) fn add(&mut self, window: &Window) -> Result<(), RunError> {
        self.tally.add(window);
        self.timeline.add(window);
        let began = |phase: &&mut Phase| phase.begin <= window.begin;
        if let Some(phase) = self.phases.iter_mut().rev().find(began) {
            phase.tally.add(window);
        }
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
        let Self { plan, tally, timeline, phases, .. } = self;
        let (changes, distribution) = (Vec::new(), None);
        let results =
            Results { plan, how, elapsed, tally, timeline, phases, changes, distribution };
        (results, written)
    }
}
