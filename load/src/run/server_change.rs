//! Servers come and go while the load goes on.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;
use tokio::time::Instant;

use super::cluster::Cluster;
use super::event::Event;
use super::plan::Plan;
use super::run_error::RunError;
use crate::stats::Moved;

/// What one change did.
#[derive(Clone, Debug)]
pub(crate) struct ServerChange {
    /// The request.
    pub(crate) what: String,
    /// Which servers there were afterwards.
    pub(crate) servers: Vec<String>,
    /// From the request to its answer: the cluster has agreed.
    pub(crate) agreed: Duration,
    /// From the request until all data had moved.
    pub(crate) settled: Duration,
    pub(crate) moved: Moved,
}

/// What is counted before [`change_servers`] tells of another.
pub(super) const FIRST_PHASE: &str = "before";

/// How often is asked how far a change is.
const ROUND: Duration = Duration::from_millis(200);

/// Adds servers and removes as many, with load before, between and after.
pub(super) async fn change_servers(
    mut cluster: Cluster,
    plan: Arc<Plan>,
    count: u32,
    events: UnboundedSender<Event>,
) -> Result<Vec<ServerChange>, RunError> {
    let phase = |name: &'static str| {
        // Nobody counts any more when the run has been ended.
        let _ = events.send(Event::Phase(name));
    };
    tokio::time::sleep(plan.steady).await;
    phase("while adding");
    let added = change(&mut cluster, &plan, ("POST", "/add"), count).await?;
    phase("in between");
    tokio::time::sleep(plan.steady).await;
    phase("while removing");
    let removed = change(&mut cluster, &plan, ("DELETE", "/rm"), count).await?;
    phase("after");
    tokio::time::sleep(plan.steady).await;
    Ok(vec![added, removed])
}

async fn change(
    cluster: &mut Cluster,
    plan: &Plan,
    request: (&str, &str),
    count: u32,
) -> Result<ServerChange, RunError> {
    let before = cluster.view().await?;
    let start = Instant::now();
    let servers = cluster.change(request, count).await?;
    let agreed = start.elapsed();
    let mut rounds = tokio::time::interval(ROUND);
    let after = loop {
        rounds.tick().await;
        let progress = cluster.progress().await?;
        // Whoever answers may not have heard of the change yet, or just that the servers came.
        if !progress.servers().eq(&servers) || progress.partitions_left > 0 {
            continue;
        }
        let view = cluster.view().await?;
        if view.epoch().get() >= progress.epoch && view.moving().is_empty() {
            break view;
        }
    };
    let what = format!("{} {} of {count}", request.0, request.1);
    let moved = Moved::between(&before, &after, plan.workload.loaded_keys());
    Ok(ServerChange { what, servers, agreed, settled: start.elapsed(), moved })
}
