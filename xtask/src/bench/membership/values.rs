//! What is stored before anything moves.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use ringway_ring::{Key, NodeId, View};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::random::Random;

/// How many write at once.
const WRITERS: usize = 16;
/// How long a value may be refused, and how long after that it is sent again.
const PATIENCE: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(50);

/// Values of one size under keys that tell their numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values {
    pub(super) count: usize,
    pub(super) bytes: usize,
}

impl Values {
    pub(super) fn key(number: usize) -> String {
        format!("value-{number}")
    }

    /// Stores all of them, at `url`.
    pub(super) async fn store(self, url: &str) -> Result<(), Box<dyn Error>> {
        let (client, next) = (Client::builder().no_proxy().build()?, Arc::new(AtomicUsize::new(0)));
        let mut writers = JoinSet::new();
        for _ in 0..WRITERS {
            let (client, next, url) = (client.clone(), Arc::clone(&next), url.to_owned());
            writers.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= self.count {
                        return Ok(());
                    }
                    let url = format!("{url}/kv/{}", Self::key(number));
                    put(&client, &url, noise(number, self.bytes)).await?;
                }
            });
        }
        while let Some(written) = writers.join_next().await {
            written?.map_err(|error: reqwest::Error| error)?;
        }
        Ok(())
    }

    /// How many bytes of them the node `id` holds.
    pub(super) fn held_by(self, view: &View, id: &NodeId) -> Result<usize, Box<dyn Error>> {
        let mut held = 0;
        for number in 0..self.count {
            let partition = view.partition(Key::new(Self::key(number))?.position());
            let is_held = view.preference_list(partition).any(|holder| holder.id == *id);
            held += if is_held { self.bytes } else { 0 };
        }
        Ok(held)
    }
}

/// Stores a value. Writers that never pause come to the bounds of what a node holds.
async fn put(client: &Client, url: &str, value: Vec<u8>) -> Result<(), reqwest::Error> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let answer = client.put(url).body(value.clone()).send().await?;
        if answer.status() != StatusCode::SERVICE_UNAVAILABLE || Instant::now() >= deadline {
            return answer.error_for_status().map(drop);
        }
        sleep(AGAIN).await;
    }
}

/// Bytes that no compression makes fewer.
pub(super) fn noise(seed: usize, bytes: usize) -> Vec<u8> {
    let mut random = Random::new(seed as u64);
    let mut noise = Vec::with_capacity(bytes + 8);
    while noise.len() < bytes {
        noise.extend(random.next().to_le_bytes());
    }
    noise.truncate(bytes);
    noise
}
