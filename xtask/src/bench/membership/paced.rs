//! Clients that ask so many times a second, however long the answers take.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Client;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at};

use super::values::Values;

/// Each has a connection, and one request at a time.
const CLIENTS: u32 = 32;
/// How often each asks.
const INTERVAL: Duration = Duration::from_millis(64);
/// Each of so many requests is a write.
const WRITE_EVERY: usize = 10;

/// Clients under way.
pub(super) struct Paced {
    is_over: Arc<AtomicBool>,
    clients: JoinSet<Result<Vec<f64>, reqwest::Error>>,
}

impl Paced {
    /// Starts them, all at `url`, over the keys of `values`.
    pub(super) fn start(url: &str, values: Values) -> Result<Self, Box<dyn Error>> {
        let is_over = Arc::new(AtomicBool::new(false));
        let client = Client::builder().no_proxy().build()?;
        let mut clients = JoinSet::new();
        let start = tokio::time::Instant::now();
        for number in 0..CLIENTS {
            // One after the other, or the requests of all would wait for each other.
            let first = start + INTERVAL * number / CLIENTS;
            let number = number as usize;
            let one = One { number, first, client: client.clone(), url: url.to_owned(), values };
            clients.spawn(one.run(Arc::clone(&is_over)));
        }
        Ok(Self { is_over, clients })
    }

    /// Ends them, and tells below how many seconds 99 of 100 reads were answered.
    pub(super) async fn end(mut self) -> Result<f64, Box<dyn Error>> {
        self.is_over.store(true, Ordering::Relaxed);
        let mut seconds = Vec::new();
        while let Some(client) = self.clients.join_next().await {
            seconds.extend(client??);
        }
        seconds.sort_by(f64::total_cmp);
        let place = seconds.len() - seconds.len().div_ceil(100);
        seconds.get(place).copied().ok_or_else(|| "nothing was read".into())
    }
}

struct One {
    number: usize,
    first: tokio::time::Instant,
    client: Client,
    url: String,
    values: Values,
}

impl One {
    /// The seconds that its reads took from when they were due: who waits for a late answer
    /// asks late, and that is the server's doing too.
    async fn run(self, is_over: Arc<AtomicBool>) -> Result<Vec<f64>, reqwest::Error> {
        let mut seconds = Vec::new();
        let mut due = interval_at(self.first, INTERVAL);
        due.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for turn in 0_usize.. {
            let due = due.tick().await;
            if is_over.load(Ordering::Relaxed) {
                break;
            }
            // A stride that is no divisor of the count comes to all of them.
            let number =
                (self.number + turn * CLIENTS as usize).wrapping_mul(7919) % self.values.count;
            let url = format!("{}/kv/{}", self.url, Values::key(number));
            if (turn + self.number).is_multiple_of(WRITE_EVERY) {
                let put = self.client.put(url).body(vec![b'x'; self.values.bytes]);
                put.send().await?.bytes().await?;
            } else {
                self.client.get(url).send().await?.error_for_status()?.bytes().await?;
                seconds.push(Instant::now().duration_since(due.into_std()).as_secs_f64());
            }
        }
        Ok(seconds)
    }
}
