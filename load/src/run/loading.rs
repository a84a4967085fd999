//! Before a run: the keys that it reads.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

use super::client::Client;
use crate::http::Sink;
use crate::stats::Outcome;

/// A cluster that was just started may refuse some before it is settled.
const ATTEMPTS: u32 = 5;

/// Connects `client` and stores its part of the keys: every `step`th of `keys` from `first` on.
pub(super) async fn load(
    client: &mut Client,
    (first, step): (u64, u64),
    keys: Option<u64>,
    loaded: &AtomicU64,
) -> Result<(), String> {
    client.caller.connect().await.map_err(|error| error.to_string())?;
    let step = usize::try_from(step).unwrap_or(usize::MAX);
    for key in (first..keys.unwrap_or(0)).step_by(step) {
        store(client, key).await?;
        loaded.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

async fn store(client: &mut Client, key: u64) -> Result<(), String> {
    let (size, chance) = client.steps.value();
    let (mut left, mut body) = (ATTEMPTS, Vec::new());
    loop {
        let Client { caller, text, values, .. } = client;
        let request = text.put(key, values.value(size, chance));
        // A value of the key is as good as another: to store it twice does no harm.
        let answer = caller.call(Instant::now(), request, &mut Sink::Collect(&mut body)).await;
        left -= 1;
        match answer {
            _ if Outcome::of(&answer) == Outcome::Done => return Ok(()),
            _ if left > 0 => body.clear(),
            Ok(answer) => {
                let (status, body) = (answer.status, String::from_utf8_lossy(&body));
                return Err(format!("a PUT is answered by status {status}: {}", body.trim()));
            }
            Err(error) => return Err(error.to_string()),
        }
    }
}
