//! Clients that read, write, delete and compare-and-set, and what they were told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::Client;
use ringway_replica::Version;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

use crate::history::{Ask, Operation, Told};
use crate::random::Random;
use crate::record::Record;
use crate::request::{Answer, ask};

const CLIENTS: usize = 12;
/// How many keys half of the requests are about, so that clients meet.
const CONTENDED: u64 = 48;
/// After how many requests, not counting those that follow on another, a slot goes on with
/// another key: the checker takes 512 operations of one key.
const REQUESTS_OF_A_KEY: u64 = 200;
/// How long a client waits for the outcome of a write. Shorter than the edge waits: who
/// writes to a node that was stopped would else sit there until it goes on.
const WRITE_PATIENCE: Duration = Duration::from_secs(1);
/// How long a number of operations may take, whatever the faults.
const PATIENCE: Duration = Duration::from_mins(1);

/// Clients under way.
pub(crate) struct Workload {
    shared: Arc<Shared>,
    clients: JoinSet<()>,
}

struct Shared {
    /// Of each edge.
    urls: Vec<String>,
    client: Client,
    start: Instant,
    /// How many requests each slot has had.
    slots: Vec<AtomicU64>,
    marks: AtomicU64,
    answered: watch::Sender<u64>,
    is_over: AtomicBool,
    record: Mutex<Record>,
}

impl Workload {
    /// Starts them, as many at each of `urls`, with so many `keys` in use at a time.
    pub(crate) fn start(urls: Vec<String>, keys: u64, seed: u64) -> Self {
        let shared = Arc::new(Shared {
            urls,
            client: Client::builder().no_proxy().build().unwrap(),
            start: Instant::now(),
            slots: (0..keys).map(|_| AtomicU64::new(0)).collect(),
            marks: AtomicU64::new(1),
            answered: watch::Sender::new(0),
            is_over: AtomicBool::new(false),
            record: Mutex::default(),
        });
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            let random = Random::new(seed.wrapping_add(number as u64));
            clients.spawn(Arc::clone(&shared).run(number, random));
        }
        Self { shared, clients }
    }

    /// Returns once `operations` more were answered.
    pub(crate) async fn progress(&self, operations: u64) {
        let mut answered = self.shared.answered.subscribe();
        let enough = *answered.borrow() + operations;
        let waited = timeout(PATIENCE, answered.wait_for(|&count| count >= enough)).await;
        assert!(waited.is_ok(), "of {operations} operations not all were answered in {PATIENCE:?}");
    }

    /// How many operations were answered.
    pub(crate) fn answered(&self) -> u64 {
        *self.shared.answered.borrow()
    }

    /// The time by which operations are noted.
    pub(crate) fn now(&self) -> u64 {
        self.shared.now()
    }

    /// How long all values are together that were written, or may have been.
    pub(crate) fn written_bytes(&self) -> u64 {
        let record = self.shared.record.lock();
        let bytes = record.operations().map(|operation| match operation.ask {
            Ask::Put { mark, .. } => mark.to_string().len() as u64,
            _ => 0,
        });
        bytes.sum()
    }

    /// Lets every client finish what it does, reads every key once more through every edge, and
    /// tells.
    pub(crate) async fn end(self) -> Record {
        self.shared.is_over.store(true, Ordering::Relaxed);
        // A client's panic is the test's.
        self.clients.join_all().await;
        let keys: Vec<_> = self.shared.record.lock().histories.keys().cloned().collect();
        for key in keys {
            for edge in 0..self.shared.urls.len() {
                self.shared.perform(CLIENTS + edge, &key, Ask::Read).await;
            }
        }
        std::mem::take(&mut self.shared.record.lock())
    }
}

impl Shared {
    async fn run(self: Arc<Self>, client: usize, mut random: Random) {
        // What this client knows of a key, for its conditions.
        let mut last: Option<(String, Version)> = None;
        while !self.is_over.load(Ordering::Relaxed) {
            let (key, ask) = self.choose(&mut random, last.take());
            if let Some(version) = self.perform(client, &key, ask).await {
                last = Some((key, version));
            }
        }
    }

    /// Half of the requests read; a client that knows a version often rests a condition on it.
    fn choose(&self, random: &mut Random, last: Option<(String, Version)>) -> (String, Ask) {
        let if_match = last.filter(|_| random.percent(40));
        let (key, if_match) = match if_match {
            Some((key, version)) => (key, Some(version)),
            None => (self.key(self.slot(random)), None),
        };
        let mark = self.marks.fetch_add(1, Ordering::Relaxed);
        let ask = match random.below(10) {
            0..5 if if_match.is_none() => Ask::Read,
            5 => Ask::Delete { if_match },
            6 if if_match.is_none() => {
                Ask::Put { mark, if_match: None, if_absent: true, ttl: false }
            }
            _ => Ask::Put { mark, if_match, if_absent: false, ttl: false },
        };
        (key, ask)
    }

    fn slot(&self, random: &mut Random) -> u64 {
        let all = self.slots.len() as u64;
        let of = if random.percent(50) { all.min(CONTENDED) } else { all };
        random.below(of)
    }

    fn key(&self, slot: u64) -> String {
        let count = self.slots[slot as usize].fetch_add(1, Ordering::Relaxed);
        format!("chaos/{slot}/{}", count / REQUESTS_OF_A_KEY)
    }

    /// Does it, writes down what came of it, and tells the version that it has met.
    async fn perform(&self, client: usize, key: &str, asked: Ask) -> Option<Version> {
        let from = self.now();
        let edge = &self.urls[client % self.urls.len()];
        let url = format!("{edge}/kv/{key}");
        let answer = ask(&self.client, &url, &asked, WRITE_PATIENCE).await;
        let until = self.now();
        self.answered.send_modify(|count| *count += 1);
        let mut record = self.record.lock();
        match answer {
            Answer::Told(told) => {
                let version = match told {
                    Told::Found { version, .. } | Told::Written { version } => Some(version),
                    Told::ConditionFailed { current } => current,
                    _ => None,
                };
                let until = (told != Told::Unknown).then_some(until);
                let operation = Operation { client, ask: asked, told, from, until };
                record.histories.entry(key.to_owned()).or_default().operations.push(operation);
                version
            }
            Answer::NotApplied => {
                record.not_applied += 1;
                None
            }
            Answer::Failed(why) => {
                record.failures.push(format!("{asked:?} of {url}: {why}"));
                None
            }
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap()
    }
}
