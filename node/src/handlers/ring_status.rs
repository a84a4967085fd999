//! How the cluster is, what a change of its ring would do, and what can be set.

use std::sync::Arc;
use std::time::{Duration, Instant};

use ringway_ring::Health;
use tokio::task::spawn_blocking;
use warp::reply::Response;

use super::json;
use super::ring_change::{propose, read};
use crate::membership::{Change, Command, ProposeError};
use crate::node::Node;
use crate::peering::node_number;
use crate::ring_plan::RingPlan;
use crate::ring_status::RingStatus;
use crate::routes::{AdmittedBody, Answer};
use crate::settings_request::SettingsRequest;
use crate::survey;

/// How long a member may take to tell its sizes, for a plan that nobody is in a hurry for.
const SIZES_PATIENCE: Duration = Duration::from_secs(2);

/// `GET /ring/status`: the members, and how far a change of the ring is, as far as this node
/// knows.
pub(crate) async fn ring_status(node: Arc<Node>) -> Answer {
    let cluster = node.clusters.present();
    let handed_off = survey::handed_off_bytes(&node, &cluster).await;
    Ok(json(&RingStatus::of(&cluster, handed_off, node.change_seconds_left(Instant::now()))))
}

/// `POST /ring/plan` with the body of `POST /ring/change`: what that would do. Changes nothing.
pub(crate) async fn plan_ring(node: Arc<Node>, body: AdmittedBody) -> Answer {
    let change: Change = read(body).await?;
    let cluster = node.clusters.present();
    let (me, peers) = (node_number(&node.id), node.peers.as_ref());
    let sizes = survey::sizes(me, peers, &node.replication, &cluster, SIZES_PATIENCE).await;
    // A large ring takes the processor for longer than a task should.
    let planned = spawn_blocking(move || {
        let plan = cluster.plan(&change, |partition| survey::value_bytes(&sizes, partition))?;
        let down = cluster.members().iter().filter(|(_, it)| it.health == Health::Down);
        Ok(RingPlan {
            unsized_partitions: sizes.iter().filter(|size| size.is_none()).count(),
            down: down.map(|(id, _)| id.clone()).collect(),
            ..RingPlan::new(&plan, cluster.epoch(), &cluster.settings())
        })
    });
    Ok(json(&planned.await?.map_err(ProposeError::Refused)?))
}

/// `GET /ring/settings`: what operators may change while the cluster runs.
pub(crate) fn settings(node: &Node) -> Response {
    json(&node.clusters.present().settings())
}

/// `POST /ring/settings`: sets those that the body names.
pub(crate) async fn set_settings(node: Arc<Node>, body: AdmittedBody) -> Answer {
    let request: SettingsRequest = read(body).await?;
    propose(&node, Command::Settings(request.into())).await
}
