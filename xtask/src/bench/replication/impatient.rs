//! Clients that read and write in turns and never try again.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

const CLIENTS: usize = 16;
/// How long a number of answers may take, whatever dies.
const PATIENCE: Duration = Duration::from_mins(1);

/// Clients that read and write in turns and never try again.
pub(super) struct Impatient {
    shared: Arc<Shared>,
    clients: JoinSet<Met>,
}

struct Shared {
    client: Client,
    /// Of the keys that are read and written.
    urls: Vec<String>,
    answered: watch::Sender<u64>,
    is_over: AtomicBool,
}

/// What clients met with.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Met {
    /// The longest that one client was without a successful answer.
    pub(super) worst_gap: Duration,
    pub(super) failed_reads: u64,
    pub(super) failed_writes: u64,
}

impl Met {
    /// What two met with, one after the other or at once.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            worst_gap: self.worst_gap.max(other.worst_gap),
            failed_reads: self.failed_reads + other.failed_reads,
            failed_writes: self.failed_writes + other.failed_writes,
        }
    }
}

impl Impatient {
    /// Stores something under each of `urls`, and starts.
    pub(super) async fn start(urls: Vec<String>) -> Result<Self, Box<dyn Error>> {
        let client = Client::builder().no_proxy().build()?;
        for url in &urls {
            client.put(url).body("before").send().await?.error_for_status()?;
        }
        let (answered, is_over) = (watch::Sender::new(0), AtomicBool::new(false));
        let shared = Arc::new(Shared { client, urls, answered, is_over });
        let mut clients = JoinSet::new();
        for number in 0..CLIENTS {
            clients.spawn(Arc::clone(&shared).run(number));
        }
        Ok(Self { shared, clients })
    }

    /// Returns once `count` more requests were answered, however.
    pub(super) async fn answers(&self, count: u64) -> Result<(), Box<dyn Error>> {
        let mut answered = self.shared.answered.subscribe();
        let enough = *answered.borrow() + count;
        timeout(PATIENCE, answered.wait_for(|&answered| answered >= enough)).await??;
        Ok(())
    }

    /// Ends all of them, and tells what they met with.
    pub(super) async fn end(self) -> Met {
        self.shared.is_over.store(true, Ordering::Relaxed);
        self.clients.join_all().await.into_iter().fold(Met::default(), Met::and)
    }
}

impl Shared {
    async fn run(self: Arc<Self>, number: usize) -> Met {
        let mut met = Met::default();
        let mut last = Instant::now();
        // Each begins elsewhere.
        for (turn, url) in self.urls.iter().cycle().skip(number).enumerate() {
            if self.is_over.load(Ordering::Relaxed) {
                break;
            }
            let reads = turn % 2 == 0;
            let request = if reads { self.client.get(url) } else { self.client.put(url) };
            let answer = request.body(if reads { "" } else { "after" }).send().await;
            if answer.is_ok_and(|answer| answer.status().is_success()) {
                met.worst_gap = met.worst_gap.max(last.elapsed());
                last = Instant::now();
            } else if reads {
                met.failed_reads += 1;
            } else {
                met.failed_writes += 1;
            }
            self.answered.send_modify(|answered| *answered += 1);
        }
        met
    }
}
