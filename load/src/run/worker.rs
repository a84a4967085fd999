//! One thread: its runtime, its clients, its counts.

use std::cell::{Cell, RefCell};
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinSet, LocalSet};
use tokio::time::{Instant, MissedTickBehavior};

use super::alarm::Alarm;
use super::client::Client;
use super::event::Event;
use super::loading::load;
use super::pace::Pace;
use super::plan::Plan;
use super::recorder::Recorder;
use crate::http::{Caller, NodeTable};
use crate::workload::ValuePool;

/// What the threads are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Connect, and store the keys.
    Prepare,
    /// The run began then.
    Run(Instant),
    /// No more requests; those under way are waited for.
    Finish,
    /// No more requests; those under way have a moment left.
    Stop,
}

/// One thread.
#[derive(Clone, Debug)]
pub(super) struct Worker {
    pub(super) thread: u32,
    pub(super) plan: Arc<Plan>,
    pub(super) address: SocketAddr,
    pub(super) signals: watch::Receiver<Signal>,
    pub(super) events: mpsc::UnboundedSender<Event>,
    /// How many keys are stored.
    pub(super) loaded: Arc<AtomicU64>,
}

impl Worker {
    /// How often counts are handed over.
    pub(super) const WINDOW: Duration = Duration::from_millis(100);

    /// How long requests under way may take to end after the run was interrupted.
    const GRACE: Duration = Duration::from_secs(1);

    /// Starts the thread. It ends with the run; the channel of events is closed when all have.
    pub(super) fn spawn(self) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let name = format!("load-{}", self.thread);
        let run = move || LocalSet::new().block_on(&runtime, self.run());
        std::thread::Builder::new().name(name).spawn(run).map(|_| ())
    }

    async fn run(mut self) {
        let nodes = Rc::new(NodeTable::default());
        let mut signals = self.signals.clone();
        let prepared = tokio::select! {
            prepared = self.prepare(&nodes) => prepared,
            () = stopped(&mut signals) => return,
        };
        let clients = match prepared {
            Ok(clients) => clients,
            Err(why) => return self.tell(Event::Ready(Err(why))),
        };
        self.tell(Event::Ready(Ok(())));
        let Some(begin) = begun(&mut self.signals).await else { return };

        let plan = &self.plan;
        let pace = Pace {
            begin,
            duration: plan.duration,
            schedule: plan.schedule(self.thread).map(|schedule| Rc::new(RefCell::new(schedule))),
            stop: Rc::new(Cell::new(false)),
        };
        let kinds = (pace.schedule.is_some(), plan.samples);
        let recorder = Recorder::new(begin, nodes, kinds, self.events.clone());
        let recorder = Rc::new(RefCell::new(recorder));
        let mut running = JoinSet::new();
        for client in clients {
            running.spawn_local(client.run(pace.clone(), Rc::clone(&recorder)));
        }
        self.attend(&mut running, &pace, &recorder).await;
        // Those that are still under way end here, and are counted as unfinished.
        drop(running);
        recorder.borrow_mut().end(pace.unsent());
    }

    /// Hands over counts until all clients have ended, or the run was interrupted.
    async fn attend(
        &mut self,
        running: &mut JoinSet<()>,
        pace: &Pace,
        recorder: &RefCell<Recorder>,
    ) {
        let mut ticks = tokio::time::interval(Self::WINDOW);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut finish = self.signals.clone();
        loop {
            tokio::select! {
                ended = running.join_next() => if ended.is_none() { return },
                _ = ticks.tick() => recorder.borrow_mut().hand_over(),
                () = stopped(&mut self.signals) => break,
                () = finishing(&mut finish), if !pace.stop.get() => pace.stop.set(true),
            }
        }
        pace.stop.set(true);
        let all = async { while running.join_next().await.is_some() {} };
        // Whoever is not done by then is unfinished, which the results say.
        let _ = tokio::time::timeout(Self::GRACE, all).await;
    }

    async fn prepare(&self, nodes: &Rc<NodeTable>) -> Result<Vec<Client>, String> {
        let workload = &self.plan.workload;
        let values = Rc::new(ValuePool::new(workload.seed, workload.value_size.largest()));
        let keys = self.plan.load.then_some(workload.keys);
        let mut loading = JoinSet::new();
        for number in self.plan.clients_of(self.thread) {
            let mut client = self.client(u64::from(number), nodes, &values)?;
            let (part, loaded) = ((u64::from(number), workload.clients), Arc::clone(&self.loaded));
            loading.spawn_local(async move {
                load(&mut client, part, keys, &loaded).await.map(|()| client)
            });
        }
        let mut clients = Vec::new();
        while let Some(client) = loading.join_next().await {
            clients.push(client.map_err(|error| error.to_string())??);
        }
        Ok(clients)
    }

    fn client(
        &self,
        number: u64,
        nodes: &Rc<NodeTable>,
        values: &Rc<ValuePool>,
    ) -> Result<Client, String> {
        let plan = &self.plan;
        let alarm = plan.rate.map(|_| Alarm::new()).transpose();
        Ok(Client {
            steps: plan.workload.steps(number),
            caller: Caller::new(self.address, plan.timeout, Rc::clone(nodes)),
            text: plan.request_text(),
            values: Rc::clone(values),
            left: plan.requests_of(number),
            alarm: alarm.map_err(|error| format!("no timer: {error}"))?,
        })
    }

    fn tell(&self, event: Event) {
        // Where nobody listens any more the run is over.
        let _ = self.events.send(event);
    }
}

/// When the run began; `None` if there is none.
async fn begun(signals: &mut watch::Receiver<Signal>) -> Option<Instant> {
    let signal = signals.wait_for(|signal| *signal != Signal::Prepare).await.ok()?;
    if let Signal::Run(begin) = *signal { Some(begin) } else { None }
}

/// Returns when no more is to be begun.
async fn finishing(signals: &mut watch::Receiver<Signal>) {
    let ends = |signal: &Signal| matches!(signal, Signal::Finish | Signal::Stop);
    let _ = signals.wait_for(ends).await;
}

/// Returns when the run is to end, also because nobody conducts it any more.
async fn stopped(signals: &mut watch::Receiver<Signal>) {
    let _ = signals.wait_for(|signal| *signal == Signal::Stop).await;
}
