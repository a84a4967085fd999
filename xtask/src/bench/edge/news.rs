//! How soon a change of the cluster is known to all of Envoy.

use std::error::Error;
use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use reqwest::Client;

use crate::artifacts::Profile;
use crate::bench::Figure;
use crate::bench::median::median;
use crate::stack::{Stack, StackOptions};
use crate::wait;

const NODES: u16 = 5;
const WORKERS: NonZeroU16 = NonZeroU16::MIN.saturating_add(3);
/// Of which the system gives each to a worker at random.
const CONNECTIONS: usize = 64;
/// Odd, so that the median is one of them.
const ROUNDS: u16 = 21;
const PATIENCE: Duration = Duration::from_secs(30);

/// From when the nodes have agreed to when each worker routes by what they agreed on.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let profile = Profile::Release;
    let stack =
        Stack::start(StackOptions { profile, concurrency: WORKERS, ..StackOptions::of(NODES) })
            .await?;
    // One connection each.
    let clients: Result<Vec<_>, _> =
        (0..CONNECTIONS).map(|_| Client::builder().no_proxy().build()).collect();
    let (clients, url) = (clients?, format!("{}/map_request?id=1", stack.edge().url()));
    let mut seconds = Vec::new();
    for round in 1..=ROUNDS {
        let before = stack.view().await?.epoch().get();
        stack.set_moving_max(NonZeroU16::MIN.saturating_add(round)).await?;
        let start = Instant::now();
        for client in &clients {
            let follows = async || epoch(client, &url).await.is_some_and(|epoch| epoch > before);
            if !wait::until(PATIENCE, follows).await {
                return Err(format!("a worker does not get past epoch {before}").into());
            }
        }
        seconds.push(start.elapsed().as_secs_f64());
    }
    let middle = median(&mut seconds);
    let worst = seconds.last().copied().unwrap_or(f64::NAN);
    let name = format!("Envoy: a change known to each of {WORKERS} workers, worst of {ROUNDS}");
    Ok(vec![
        Figure::at_most(name, worst, 1.0, "s"),
        Figure::comparison("… median", format!("{middle:.2} s")),
    ])
}

/// Of the view by which the worker routes that has this client's connection.
async fn epoch(client: &Client, url: &str) -> Option<u64> {
    let answer = client.get(url).send().await.ok()?;
    answer.headers().get("x-ringway-epoch")?.to_str().ok()?.parse().ok()
}
