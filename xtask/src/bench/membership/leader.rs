//! How soon a death is noted, and how long a cluster whose leader dies takes no change of its
//! members.

use std::error::Error;
use std::time::{Duration, Instant};

use reqwest::Client;
use ringway_ring::{Health, NodeId, View, Weight};

use crate::artifacts::Profile;
use crate::bench::Figure;
use crate::bench::median::median;
use crate::stack::{RingChange, Stack, StackOptions};
use crate::wait;

const NODES: u16 = 5;
const ROUNDS: usize = 7;
const PATIENCE: Duration = Duration::from_mins(1);

/// How long a death may stay unnoted, by default.
const NOTED_SECONDS: f64 = 2.0;

/// From SIGKILL to the answer that another member's weight is agreed on, asked for at once and
/// again until then; and to the view in which the dead one is down.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let options =
        StackOptions { profile: Profile::Release, edge: false, ..StackOptions::of(NODES) };
    let mut stack = Stack::start(options).await?;
    let (mut accepted, mut leader_noted, mut other_noted) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let leader = leader(&stack).await?;
        let others = stack.nodes().iter().map(|node| node.id().clone());
        let other = others.rev().find(|id| *id != leader).ok_or("there is no other node")?;
        let weight =
            if round % 2 == 0 { Weight::new(2).unwrap_or(Weight::ONE) } else { Weight::ONE };
        let weights = [(other.clone(), weight)].into();
        let change = RingChange { weights, ..RingChange::default() };
        let start = Instant::now();
        stack.kill(&leader);
        let (changed, noted) = tokio::join!(
            async { stack.begin_change(&change).await.map(|()| seconds_since(start)) },
            seconds_until_noted(&stack, &leader, start),
        );
        accepted.push(changed?);
        leader_noted.push(noted?);
        stack.restart(&leader).await?;
        stack.settle().await?;

        let start = Instant::now();
        stack.kill(&other);
        other_noted.push(seconds_until_noted(&stack, &other, start).await?);
        stack.restart(&other).await?;
        stack.settle().await?;
    }
    let (worst, middle) = worst_and_median(accepted);
    let name = format!("kill -9 of the leader to the next accepted change, worst of {ROUNDS}");
    let mut figures = vec![
        Figure::at_most(name, worst, 3.0, "s"),
        Figure::comparison("… median", format!("{middle:.2} s")),
    ];
    for (who, noted) in [("the leader", leader_noted), ("another node", other_noted)] {
        let (worst, middle) = worst_and_median(noted);
        let name = format!("kill -9 of {who} to `down` in the view, worst of {ROUNDS}");
        figures.push(Figure::at_most(name, worst, NOTED_SECONDS, "s"));
        figures.push(Figure::comparison("… median", format!("{middle:.2} s")));
    }
    Ok(figures)
}

fn seconds_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}

fn worst_and_median(mut seconds: Vec<f64>) -> (f64, f64) {
    let middle = median(&mut seconds);
    (seconds.last().copied().unwrap_or(f64::NAN), middle)
}

/// How long after `start` every node that runs has a view in which `dead` is down.
async fn seconds_until_noted(
    stack: &Stack,
    dead: &NodeId,
    start: Instant,
) -> Result<f64, Box<dyn Error>> {
    let client = Client::builder().no_proxy().build()?;
    for node in stack.nodes().iter().filter(|node| node.id() != dead) {
        let is_noted = async || -> Option<bool> {
            let answer = client.get(format!("{}/ring", node.url())).send().await.ok()?;
            let view = View::from_json(&answer.bytes().await.ok()?).ok()?;
            let found = view.nodes().iter().find(|found| found.id == *dead)?;
            Some(found.health == Health::Down)
        };
        if !wait::until(PATIENCE, async || is_noted().await == Some(true)).await {
            return Err(format!("{} does not note that {dead} is down", node.id()).into());
        }
    }
    Ok(seconds_since(start))
}

/// Who leads consensus, once somebody does.
async fn leader(stack: &Stack) -> Result<NodeId, Box<dyn Error>> {
    let mut leader = None;
    let found = wait::until(PATIENCE, async || {
        for node in stack.nodes() {
            if node.metric("ringway_consensus_is_leader").await == Some(1) {
                leader = Some(node.id().clone());
            }
        }
        leader.is_some()
    });
    found.await;
    leader.ok_or_else(|| "nobody leads consensus".into())
}
