//! Changes of the ring in HAProxy, under load.

use std::collections::BTreeMap;
use std::error::Error;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use ringway_ring::{Epoch, Key, View};
use tokio::task::JoinSet;

use super::backend::Backends;
use super::haproxy::Chooser;
use crate::agree::{Ask, Pipeline};
use crate::bench::Figure;
use crate::bench::median::median;
use crate::group::Group;
use crate::metric::metric;
use crate::wait;

/// Odd, so that the median is one of them.
const SWAPS: u64 = 31;
const CLIENTS: usize = 2;
/// How many requests are under way on a connection.
const BATCH: usize = 8;
const KEYS: u64 = 2000;
/// Who is in the ring, in turns: one comes and one goes each time.
const RINGS: [Range<usize>; 2] = [0..4, 1..5];
const PATIENCE: Duration = Duration::from_secs(30);
const LAST_SWAP: &str = "ringway_haproxy_sync_last_swap_seconds";

/// How long HAProxy takes to exchange its map, and whether a request met none.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let directory = tempfile::tempdir()?;
    let group = Group::new()?;
    let backends = Backends::start().await?;
    let running = Chooser::Ring.start(&backends, &directory, &group).await?;
    let ring = |epoch: u64| {
        let [even, odd] = RINGS;
        backends.view(Epoch::new(epoch), if epoch.is_multiple_of(2) { even } else { odd })
    };
    follow(&running.metrics, &backends, &ring(2)?).await?;
    let asked = Arc::new(Asked::of(&[ring(2)?, ring(3)?])?);
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let address = running.haproxy.url.trim_start_matches("http://").to_owned();
        clients.spawn(Arc::clone(&asked).go_on(address));
    }
    let mut milliseconds = Vec::new();
    for epoch in 3..3 + SWAPS {
        follow(&running.metrics, &backends, &ring(epoch)?).await?;
        let seconds: Option<f64> = metric(&running.metrics, LAST_SWAP).await;
        milliseconds.push(1e3 * seconds.ok_or("haproxy-sync tells of no swap")?);
        let enough = asked.answered.load(Ordering::Relaxed) + KEYS;
        let is_under_load = async || asked.answered.load(Ordering::Relaxed) >= enough;
        if !wait::until(PATIENCE, is_under_load).await {
            return Err("HAProxy no longer answers".into());
        }
    }
    asked.is_over.store(true, Ordering::Relaxed);
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    let (answered, without) =
        (asked.answered.load(Ordering::Relaxed), asked.without_owner.load(Ordering::Relaxed));
    let worst = milliseconds.iter().copied().fold(0.0, f64::max);
    let name = "HAProxy: map swap, 4,096 partitions, under load";
    Ok(vec![
        Figure::at_most(name, median(&mut milliseconds), 20.0, "ms"),
        Figure::comparison(format!("{name}: the longest of {SWAPS}"), format!("{worst:.1} ms")),
        Figure::checked(
            format!("{name}: requests without an owner"),
            format!("{without} of {answered}"),
            "0",
            without == 0,
        ),
    ])
}

/// Publishes `view`, and returns once HAProxy serves by it.
async fn follow(metrics: &str, backends: &Backends, view: &View) -> Result<(), Box<dyn Error>> {
    backends.publish(view);
    let epoch = view.epoch().get();
    let follows = wait::until(PATIENCE, async || {
        metric(metrics, "ringway_haproxy_sync_epoch").await == Some(epoch)
    });
    if follows.await { Ok(()) } else { Err(format!("HAProxy doesn't get epoch {epoch}").into()) }
}

/// What is asked, of whom an answer may come, and what came.
struct Asked {
    asks: Vec<Ask>,
    /// Whom either ring names first.
    owners: BTreeMap<String, [String; 2]>,
    answered: AtomicU64,
    without_owner: AtomicU64,
    is_over: AtomicBool,
}

impl Asked {
    fn of(views: &[View; 2]) -> Result<Self, Box<dyn Error>> {
        let mut owners = BTreeMap::new();
        for number in 0..KEYS {
            let text = format!("swap:{number}");
            let position = Key::new(text.as_str())?.position();
            let first = |view: &View| {
                let first = view.route(view.partition(position)).next();
                first.map_or_else(String::new, |node| node.id.to_string())
            };
            owners.insert(format!("/kv/{text}"), views.each_ref().map(first));
        }
        let asks = owners.keys().map(Ask::get).collect();
        let [answered, without_owner] = [AtomicU64::new(0), AtomicU64::new(0)];
        Ok(Self { asks, owners, answered, without_owner, is_over: AtomicBool::new(false) })
    }

    /// Asks for all keys, again and again.
    async fn go_on(self: Arc<Self>, address: String) -> std::io::Result<()> {
        let mut pipeline = Pipeline::open(&address, BATCH).await?;
        for asks in self.asks.chunks(BATCH).cycle() {
            if self.is_over.load(Ordering::Relaxed) {
                break;
            }
            for (ask, answer) in asks.iter().zip(pipeline.ask(asks).await?) {
                let owners = self.owners.get(&ask.target);
                let is_owned = owners
                    .zip(answer.node.as_ref())
                    .is_some_and(|(owners, node)| answer.status == 200 && owners.contains(node));
                self.answered.fetch_add(1, Ordering::Relaxed);
                self.without_owner.fetch_add(u64::from(!is_owned), Ordering::Relaxed);
            }
        }
        Ok(())
    }
}
