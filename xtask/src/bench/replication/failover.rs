//! The death of a primary, as clients see it who retry nothing.

use std::error::Error;
use std::time::Duration;

use ringway_ring::{NodeId, View};

use super::impatient::{Impatient, Met};
use super::{led, stack};
use crate::bench::Figure;
use crate::stack::Stack;
use crate::wait;

const NODES: u16 = 5;
/// Keys that are read and written, all led by the node that dies.
const KEYS: usize = 64;
/// How many requests are answered before and after each death.
const ANSWERS: u64 = 3000;
const PATIENCE: Duration = Duration::from_mins(1);

/// Every node dies once, under a load on keys that it leads, and comes back.
pub(in crate::bench) async fn measure() -> Result<Vec<Figure>, Box<dyn Error>> {
    let mut stack = stack(NODES, &[]).await?;
    let view = stack.view().await?;
    let mut met = Met::default();
    for id in view.nodes().iter().map(|node| &node.id) {
        let clients = Impatient::start(urls(&stack, &view, id)).await?;
        clients.answers(ANSWERS).await?;
        stack.kill(id);
        clients.answers(ANSWERS).await?;
        met = met.and(clients.end().await);
        stack.restart(id).await?;
        if !wait::until(PATIENCE, async || leads(&stack, id).await).await {
            return Err(format!("{id} does not lead again").into());
        }
    }
    let Met { worst_gap, failed_reads, failed_writes } = met;
    let (gap, name) = (worst_gap.as_secs_f64(), "death of a primary, through Envoy");
    let reads = (format!("{name}: failed reads"), failed_reads.to_string());
    Ok(vec![
        Figure::at_most(format!("{name}: worst gap of a client"), gap, 1.0, "s"),
        Figure::checked(reads.0, reads.1, "0", failed_reads == 0),
        Figure::comparison(format!("{name}: writes of open outcome"), failed_writes.to_string()),
    ])
}

async fn leads(stack: &Stack, id: &NodeId) -> bool {
    stack.node(id).metric("ringway_replication_led").await.is_some_and(|led| led > 0)
}

fn urls(stack: &Stack, view: &View, id: &NodeId) -> Vec<String> {
    let keys = led::keys(view, id, "failover").take(KEYS);
    keys.map(|key| format!("{}/kv/{key}", stack.edge().url())).collect()
}
