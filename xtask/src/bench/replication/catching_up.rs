//! A replica that was away while others went on writing.

use std::error::Error;
use std::time::{Duration, Instant};

use ringway_ring::{NodeId, View};

use super::stack;
use crate::bench::Figure;
use crate::bench::put_script;
use crate::bench::wrk::Load;
use crate::setup;
use crate::stack::Node;
use crate::wait;

const NODES: u16 = 5;
/// Clients that write as fast as they can, before, while it is away, and after.
const CLIENTS: u32 = 16;
/// How many times as long as it was away it may take before it is given up.
const PATIENCE: u32 = 3;

/// From the moment when it is started again until it has all that the others have; and, for
/// comparison, until it leads again all that it should.
pub(in crate::bench) async fn measure(away: Duration) -> Result<Vec<Figure>, Box<dyn Error>> {
    setup::wrk().await?;
    let mut stack = stack(NODES, &[]).await?;
    let view = stack.view().await?;
    let Some(id) = view.nodes().first().map(|node| node.id.clone()) else {
        return Err("there is no node".into());
    };
    let script = put_script::write(stack.directory(), 0)?;
    let load = Load { clients: CLIENTS, script: Some(&script) }.start(&stack.edge().url())?;
    stack.kill(&id);
    tokio::time::sleep(away).await;
    let start = Instant::now();
    stack.restart(&id).await?;
    let node = stack.node(&id);
    let led = led_when_well(&view, &id);
    let converged = wait::until(away * PATIENCE, async || has_converged(node).await).await;
    let took = start.elapsed();
    if !converged {
        return Err(format!("{id} has not converged {} s after its return", took.as_secs()).into());
    }
    let leads = wait::until(away * PATIENCE, async || leads(node, led).await).await;
    let took_to_lead = start.elapsed();
    drop(load);
    if !leads {
        return Err(format!("{id} does not lead all that it should").into());
    }
    let copied = node.metric("ringway_replication_copied_total").await.unwrap_or_default();
    let seconds = away.as_secs();
    let name = format!("replica away for {seconds} s under load: time to converge ÷ time away");
    Ok(vec![
        Figure::at_most(name, took.as_secs_f64() / away.as_secs_f64(), 0.2, ""),
        Figure::comparison("… time to converge", format!("{:.1} s", took.as_secs_f64())),
        Figure::comparison("… time to lead again", format!("{:.1} s", took_to_lead.as_secs_f64())),
        Figure::comparison("… records copied by then", copied.to_string()),
    ])
}

/// Of how many partitions `id` is the primary.
fn led_when_well(view: &View, id: &NodeId) -> usize {
    let lists = view
        .assignment()
        .partitions()
        .iter()
        .map(|partition| view.preference_list(partition).next());
    lists.flatten().filter(|primary| primary.id == *id).count()
}

/// Whether it has compared all that it has with every other holder since it came back, and
/// knows of nothing that it misses.
async fn has_converged(node: &Node) -> bool {
    let metric = async |name: &str| node.metric(&format!("ringway_replication_{name}")).await;
    let partitions = metric("partitions").await;
    partitions.is_some()
        && metric("counted").await == partitions
        && metric("unchecked").await == Some(0)
        && metric("behind").await == Some(0)
}

/// Whether it leads `led` partitions.
async fn leads(node: &Node, led: usize) -> bool {
    node.metric("ringway_replication_led").await == u64::try_from(led).ok()
}
