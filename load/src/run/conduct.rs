//! Begins a run, follows it and ends it.

use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::signal::unix::{Signal as UnixSignal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::collector::{Collector, How, Results};
use super::event::Event;
use super::plan::Plan;
use super::run_error::RunError;
use super::worker::{Signal, Worker};
use crate::http::{CallError, Caller, NodeTable, RequestText, Sink};
use crate::output::{CsvWriter, LiveView};

/// A run, and what went wrong beside it.
pub(super) type Ended = (Option<Results>, Result<(), RunError>);

/// Runs `plan` to its end. What was measured is there also when something failed.
pub(super) async fn conduct(plan: Plan, csv: Option<CsvWriter>, mut view: LiveView) -> Ended {
    let (address, mut interrupts) = match prepare(&plan).await {
        Ok(prepared) => prepared,
        Err(error) => return (None, Err(error)),
    };
    let plan = Arc::new(plan);
    let loaded = Arc::new(AtomicU64::new(0));
    let (signals, hears) = watch::channel(Signal::Prepare);
    let (events, mut told) = mpsc::unbounded_channel();
    for thread in 0..plan.threads {
        let (plan, loaded) = (Arc::clone(&plan), Arc::clone(&loaded));
        let (signals, events) = (hears.clone(), events.clone());
        let worker = Worker { thread, plan, address, signals, events, loaded };
        if let Err(error) = worker.spawn() {
            return (None, Err(RunError::Thread(error)));
        }
    }
    drop(events);

    let mut collector = Collector::new(Arc::clone(&plan), loaded, csv);
    let mut ticks = tokio::time::interval(LiveView::INTERVAL);
    let (mut ready, mut begin, mut how) = (0, None, How::Whole);
    let mut outcome = Ok(());
    loop {
        let event = tokio::select! {
            event = told.recv() => event,
            _ = ticks.tick() => {
                view.show(&collector, begin.map(|begin: Instant| begin.elapsed()));
                continue;
            }
            () = interrupts.next() => {
                how = How::Interrupted;
                signals.send_replace(Signal::Stop);
                continue;
            }
        };
        match event {
            None => break,
            Some(Event::Ready(Err(why))) => {
                outcome = Err(RunError::Loading { why });
                signals.send_replace(Signal::Stop);
            }
            Some(Event::Ready(Ok(()))) => {
                ready += 1;
                if ready == plan.threads && how == How::Whole && outcome.is_ok() {
                    let now = Instant::now();
                    begin = Some(now);
                    signals.send_replace(Signal::Run(now));
                }
            }
            Some(Event::Window(window)) => {
                if let Err(error) = collector.add(&window) {
                    outcome = Err(error);
                    signals.send_replace(Signal::Stop);
                }
            }
            Some(Event::Ended { unfinished, unsent }) => {
                collector.tally.unfinished += unfinished;
                collector.tally.unsent += unsent;
            }
        }
    }
    view.clear();
    let Some(begin) = begin else { return (None, outcome) };
    let (results, written) = collector.end(how, begin.elapsed());
    (Some(results), outcome.and(written))
}

async fn prepare(plan: &Plan) -> Result<(SocketAddr, Interrupts), RunError> {
    let interrupts = Interrupts::new().map_err(RunError::Thread)?;
    Ok((reachable(plan).await?, interrupts))
}

/// The first address of the host at which HTTP is spoken.
async fn reachable(plan: &Plan) -> Result<SocketAddr, RunError> {
    let mut text = RequestText::new(&plan.url, plan.workload.key_name.clone());
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
