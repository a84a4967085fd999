//! What the death of nodes costs clients, through either edge.

use std::error::Error;
use std::num::NonZeroU16;
use std::time::{Duration, Instant};

use reqwest::Client;
use ringway_ring::{Key, NodeId, View};
use tokio::task::JoinSet;

use super::trial::Trial;
use crate::artifacts::Profile;
use crate::bench::Figure;
use crate::metric::metric;
use crate::stack::{Stack, StackOptions};
use crate::wait;

/// Keys that are read and written while nodes are away, all with the same first two holders.
const KEYS: usize = 60;
/// How many reads are under way at the node that dies.
const IN_FLIGHT: usize = 8;
const PATIENCE: Duration = Duration::from_mins(1);

/// What happens to the holders of the keys.
#[derive(Clone, Copy, Debug)]
enum Case {
    Down,
    StillUp,
    InFlight,
    TwoDown,
}

const CASES: [(Case, &str); 4] = [
    (Case::Down, "primary known to be down"),
    (Case::StillUp, "primary killed while taken for up"),
    (Case::InFlight, "primary killed with reads in flight"),
    (Case::TwoDown, "two of three killed, reads of one copy"),
];

/// An edge, and where it tells of itself.
struct Subject {
    name: &'static str,
    url: String,
    /// Where its epoch is shown, and that metric's name.
    epoch: (String, &'static str),
    /// Where the number of requests is shown that it waits for an answer to, and its metric.
    in_flight: (String, &'static str),
}

/// Each case through each edge, with a death of its own.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let options = StackOptions {
        profile: Profile::Release,
        haproxy: true,
        concurrency: NonZeroU16::MIN,
        ..StackOptions::of(5)
    };
    let mut stack = Stack::start(options).await?;
    let client = Client::builder().no_proxy().timeout(Duration::from_secs(15)).build()?;
    let subjects = [envoy(&stack), haproxy(&stack)];
    let mut figures = Vec::new();
    for (case, what) in CASES {
        for subject in &subjects {
            let trial = tried(&mut stack, &client, subject, case).await?;
            let name = format!("{what}: {}", subject.name);
            let value = trial.to_string();
            figures.push(Figure::checked(name, value, "no read fails", trial.is_well()));
        }
    }
    stack.shut_down().await;
    Ok(figures)
}

fn envoy(stack: &Stack) -> Subject {
    let admin = format!("{}/stats/prometheus", stack.edge().admin_url());
    let in_flight = "envoy_cluster_upstream_rq_active{envoy_cluster_name=\"nodes\"";
    Subject {
        name: "Envoy",
        url: stack.edge().url(),
        epoch: (admin.clone(), "ringway_view_epoch"),
        in_flight: (admin, in_flight),
    }
}

fn haproxy(stack: &Stack) -> Subject {
    let haproxy = stack.haproxy();
    Subject {
        name: "HAProxy",
        url: haproxy.url(),
        epoch: (format!("{}/metrics", haproxy.sync_url()), "ringway_haproxy_sync_epoch"),
        in_flight: (
            format!("{}/metrics", haproxy.stats_url()),
            "haproxy_backend_current_sessions{proxy=\"reads\"",
        ),
    }
}

async fn tried(
    stack: &mut Stack,
    client: &Client,
    subject: &Subject,
    case: Case,
) -> Result<Trial, Box<dyn Error>> {
    let view = stack.view().await?;
    let (keys, holders) = keys(&view)?;
    let urls: Vec<_> = keys.iter().map(|key| format!("{}/kv/{key}", subject.url)).collect();
    for url in &urls {
        client.put(url).body("before").send().await?.error_for_status()?;
    }
    let [first, second] = &holders;
    let mut trial = Trial::default();
    match case {
        Case::Down => {
            stack.kill(first);
            is_followed(subject, view.epoch().get() + 1).await?;
        }
        Case::StillUp => stack.kill(first),
        Case::TwoDown => {
            stack.kill(first);
            stack.kill(second);
        }
        Case::InFlight => die_in_flight(stack, client, subject, first, &urls, &mut trial).await?,
    }
    for url in &urls {
        match case {
            Case::Down | Case::StillUp => {
                trial.read(client, url, "before").await;
                trial.write(client, url, "after").await;
            }
            // Nothing is written: each write would wait for a second copy until it gives up.
            Case::TwoDown => {
                trial.read(client, &format!("{url}?consistency=one"), "before").await;
            }
            Case::InFlight => {}
        }
    }
    for id in &holders {
        if stack.node(id).pid().is_none() {
            stack.restart(id).await?;
        }
    }
    stack.settle().await?;
    let epoch = stack.view().await?.epoch().get();
    is_followed(subject, epoch).await?;
    Ok(trial)
}

/// Stops the node `id`, and kills it once reads of `urls` are under way there.
async fn die_in_flight(
    stack: &mut Stack,
    client: &Client,
    subject: &Subject,
    id: &NodeId,
    urls: &[String],
    trial: &mut Trial,
) -> Result<(), Box<dyn Error>> {
    stack.signal(id, "STOP");
    let mut reads = JoinSet::new();
    for url in urls.iter().take(IN_FLIGHT) {
        let request = client.get(url);
        reads.spawn(async move {
            let read = async { request.send().await?.error_for_status()?.text().await };
            read.await.is_ok_and(|body| body == "before")
        });
    }
    let (url, name) = &subject.in_flight;
    let are_there = wait::until(PATIENCE, async || {
        metric(url, name).await.is_some_and(|active: u64| active >= IN_FLIGHT as u64)
    });
    if !are_there.await {
        return Err(format!("{} doesn't wait for {IN_FLIGHT} answers", subject.name).into());
    }
    stack.kill(id);
    let begun = Instant::now();
    while let Some(is_good) = reads.join_next().await {
        trial.note_read(begun, is_good?);
    }
    Ok(())
}

/// Returns once the edge goes by `epoch` or a later one.
async fn is_followed(subject: &Subject, epoch: u64) -> Result<(), Box<dyn Error>> {
    let (url, name) = &subject.epoch;
    let follows = wait::until(PATIENCE, async || {
        metric(url, name).await.is_some_and(|followed: u64| followed >= epoch)
    });
    if follows.await {
        return Ok(());
    }
    Err(format!("{} does not get epoch {epoch}", subject.name).into())
}

/// Keys with the same first two holders, and those.
fn keys(view: &View) -> Result<(Vec<String>, [NodeId; 2]), Box<dyn Error>> {
    let holders = |key: &str| {
        let position = Key::new(key).ok()?.position();
        let mut list = view.preference_list(view.partition(position)).map(|node| node.id.clone());
        Some([list.next()?, list.next()?])
    };
    let wanted = holders("failover-0").ok_or("a ring of one node")?;
    let keys = (0_u32..).map(|number| format!("failover-{number}"));
    let keys = keys.filter(|key| holders(key).as_ref() == Some(&wanted)).take(KEYS).collect();
    Ok((keys, wanted))
}
