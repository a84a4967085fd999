//! Begins a run, follows it and ends it.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use ringway_ring::View;
use tokio::signal::unix::{Signal as UnixSignal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::cluster::Cluster;
use super::collector::{Collector, How};
use super::conductor::{Conductor, Ended};
use super::plan::Plan;
use super::run_error::RunError;
use super::worker::Worker;
use crate::http::{CallError, Caller, NodeTable, Sink};
use crate::output::{CsvWriter, LiveView};
use crate::workload::Sequence;

/// Runs `plan` to its end. What was measured is there also when something failed.
pub(super) async fn conduct(plan: Plan, csv: Option<CsvWriter>, mut view: LiveView) -> Ended {
    let (address, mut interrupts) = match prepare(&plan).await {
        Ok(prepared) => prepared,
        Err(error) => return (None, Err(error)),
    };
    let plan = Arc::new(plan);
    let ring = match distribution_of(&plan, address).await {
        Ok(ring) => ring,
        Err(error) => return (None, Err(error)),
    };
    let loaded = Arc::new(AtomicU64::new(0));
    let collector = Collector::new(Arc::clone(&plan), Arc::clone(&loaded), csv);
    let (events, mut told) = mpsc::unbounded_channel();
    let (mut conductor, hears) = Conductor::new(collector, address, events.downgrade());
    for thread in 0..plan.threads {
        let (plan, loaded) = (Arc::clone(&plan), Arc::clone(&loaded));
        let (signals, events) = (hears.clone(), events.clone());
        let worker = Worker { thread, plan, address, signals, events, loaded };
        if let Err(error) = worker.spawn() {
            return (None, Err(RunError::Thread(error)));
        }
    }
    drop(events);

    let mut ticks = tokio::time::interval(LiveView::INTERVAL);
    loop {
        tokio::select! {
            event = told.recv() => match event {
                Some(event) => conductor.hear(event),
                None => break,
            },
            _ = ticks.tick() => view.show(&conductor.collector, conductor.elapsed()),
            () = interrupts.next() => conductor.stop(How::Interrupted, Ok(())),
            changed = conductor.changing.join_next(), if !conductor.changing.is_empty() => {
                conductor.changed(changed);
            }
        }
    }
    view.clear();
    conductor.end(ring.as_ref())
}

/// The ring, where it is to be compared with what the nodes serve.
async fn distribution_of(plan: &Plan, address: SocketAddr) -> Result<Option<View>, RunError> {
    match plan.workload.sequence {
        Sequence::EachKeyOnce => Cluster::new(plan, address).view().await.map(Some),
        Sequence::Mixed | Sequence::EveryMethod => Ok(None),
    }
}

async fn prepare(plan: &Plan) -> Result<(SocketAddr, Interrupts), RunError> {
    let interrupts = Interrupts::new().map_err(RunError::Thread)?;
    Ok((reachable(plan).await?, interrupts))
}

/// The first address of the host at which HTTP is spoken.
async fn reachable(plan: &Plan) -> Result<SocketAddr, RunError> {
    let mut text = plan.request_text();
    let request = text.other("GET", "/heartbeat", None);
    let mut why = CallError::Malformed("the host has no address");
    for address in &plan.addresses {
        let timeout = plan.timeout.min(Duration::from_secs(5));
        let mut caller = Caller::new(*address, timeout, Rc::new(NodeTable::default()));
        match caller.call(Instant::now(), request, &mut Sink::Discard).await {
            Ok(_) => return Ok(*address),
            Err(error) => why = error,
        }
    }
    Err(RunError::NoAnswer { url: plan.url.to_string(), why })
}

/// SIGINT and SIGTERM, which end a run in good order.
#[derive(Debug)]
struct Interrupts(UnixSignal, UnixSignal);

impl Interrupts {
    fn new() -> std::io::Result<Self> {
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(test)]
mod conduct_test;
