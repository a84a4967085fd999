//! What a run does next, by what its threads tell.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ringway_ring::View;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;

use super::cluster::Cluster;
use super::collector::{Collector, How, Phase, Results};
use super::event::Event;
use super::run_error::RunError;
use super::server_change::{FIRST_PHASE, ServerChange, change_servers};
use super::worker::Signal;
use crate::stats::{Distribution, Tally};

/// A run, and what went wrong beside it.
pub(super) type Ended = (Option<Results>, Result<(), RunError>);

type Changed = Result<Vec<ServerChange>, RunError>;

/// A run under way.
#[derive(Debug)]
pub(super) struct Conductor {
    pub(super) collector: Collector,
    address: SocketAddr,
    signals: watch::Sender<Signal>,
    /// Only the threads, and who changes servers, keep the channel open.
    events: mpsc::WeakUnboundedSender<Event>,
    /// How many threads have their keys.
    ready: u32,
    begin: Option<Instant>,
    how: How,
    outcome: Result<(), RunError>,
    /// Who changes servers meanwhile.
    pub(super) changing: JoinSet<Changed>,
    changes: Vec<ServerChange>,
}

impl Conductor {
    /// And where threads hear what to do.
    pub(super) fn new(
        collector: Collector,
        address: SocketAddr,
        events: mpsc::WeakUnboundedSender<Event>,
    ) -> (Self, watch::Receiver<Signal>) {
        let (signals, hears) = watch::channel(Signal::Prepare);
        let conductor = Self {
            collector,
            address,
            signals,
            events,
            ready: 0,
            begin: None,
            how: How::Whole,
            outcome: Ok(()),
            changing: JoinSet::new(),
            changes: Vec::new(),
        };
        (conductor, hears)
    }

    /// Since it has begun.
    pub(super) fn elapsed(&self) -> Option<Duration> {
        self.begin.map(|begin| begin.elapsed())
    }

    pub(super) fn hear(&mut self, event: Event) {
        match event {
            Event::Ready(Err(why)) => self.stop(How::Whole, Err(RunError::Loading { why })),
            Event::Ready(Ok(())) => {
                self.ready += 1;
                let all = self.ready == self.collector.plan.threads;
                if all && *self.signals.borrow() == Signal::Prepare {
                    self.begin();
                }
            }
            Event::Window(window) => {
                if let Err(error) = self.collector.add(&window) {
                    self.stop(How::Whole, Err(error));
                }
            }
            Event::Phase(name) => {
                self.phase(name, self.elapsed().unwrap_or_default());
            }
            Event::Ended { unfinished, unsent } => {
                self.collector.tally.unfinished += unfinished;
                self.collector.tally.unsent += unsent;
            }
        }
    }

    /// Ends it before its time.
    pub(super) fn stop(&mut self, how: How, outcome: Result<(), RunError>) {
        if how == How::Interrupted {
            self.how = how;
        }
        if self.outcome.is_ok() {
            self.outcome = outcome;
        }
        self.changing.abort_all();
        self.signals.send_replace(Signal::Stop);
    }

    /// Servers have come and gone, or not: the load has no more reason.
    pub(super) fn changed(&mut self, how: Option<Result<Changed, JoinError>>) {
        match how {
            Some(Ok(Ok(changes))) => {
                self.changes = changes;
                self.signals.send_replace(Signal::Finish);
            }
            Some(Ok(Err(error))) => self.stop(How::Whole, Err(error)),
            // It was aborted: the run has been stopped already.
            Some(Err(_)) | None => {}
        }
    }

    pub(super) fn end(self, ring: Option<&View>) -> Ended {
        let Some(begin) = self.begin else { return (None, self.outcome) };
        let (mut results, written) = self.collector.end(self.how, begin.elapsed());
        results.changes = self.changes;
        let workload = &results.plan.workload;
        results.distribution =
            ring.map(|ring| Distribution::new(ring, &results.tally.nodes, workload.loaded_keys()));
        (Some(results), self.outcome.and(written))
    }

    fn phase(&mut self, name: &'static str, begin: Duration) {
        self.collector.phases.push(Phase { name, begin, tally: Tally::default() });
    }

    fn begin(&mut self) {
        let now = Instant::now();
        self.begin = Some(now);
        self.signals.send_replace(Signal::Run(now));
        let plan = Arc::clone(&self.collector.plan);
        if let (Some(count), Some(events)) = (plan.changing, self.events.upgrade()) {
            // Before anything is counted, so that everything is counted in some phase.
            self.phase(FIRST_PHASE, Duration::ZERO);
            let cluster = Cluster::new(&plan, self.address);
            self.changing.spawn_local(change_servers(cluster, plan, count, events));
        }
    }
}
