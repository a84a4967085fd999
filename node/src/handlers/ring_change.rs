//! Changing the ring.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use ringway_ring::NodeId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use super::json;
use crate::agreed::Agreed;
use crate::body::IncomingBody;
use crate::membership::{Change, Command};
use crate::node::Node;
use crate::refusal::Refusal;
use crate::routes::Answer;

/// Far above the ids of as many nodes as a cluster can have.
const BODY_BYTES_MAX: u64 = 8 << 20;
/// How long this node may take to hear of what it has proposed, once that is agreed on.
const NEWS_PATIENCE: Duration = Duration::from_secs(1);

/// `POST /ring/change` `{"add": [], "remove": [], "weights": {}}`: sets out for another ring.
/// Answers 202 once that is agreed on; `GET /ring/status` says how far it is. What is so
/// already is nothing to do.
pub(crate) async fn change_ring(node: Arc<Node>, body: IncomingBody) -> Answer {
    let change: Change = read(&node, body).await?;
    propose(&node, Command::Change(change)).await
}

/// `POST /ring/cancel`: what has not arrived goes back.
pub(crate) async fn cancel_change(node: Arc<Node>) -> Answer {
    propose(&node, Command::Cancel).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Leave {
    id: NodeId,
}

/// `POST /ring/leave` `{"id": ""}`: forgets a member that is not in the ring.
pub(crate) async fn leave(node: Arc<Node>, body: IncomingBody) -> Answer {
    let Leave { id } = read(&node, body).await?;
    propose(&node, Command::Leave { node: id }).await
}

/// The body, as JSON.
pub(super) async fn read<T: DeserializeOwned>(
    node: &Node,
    body: IncomingBody,
) -> Result<T, Refusal> {
    let body = body.read(BODY_BYTES_MAX, &node.limits, &node.body_budget).await?;
    serde_json::from_slice(&body.bytes).map_err(Refusal::RingChange)
}

/// Has the cluster do `command`, and answers once this node knows that it has, or with what it
/// knows after a while.
pub(super) async fn propose(node: &Node, command: Command) -> Answer {
    let epoch = node.membership.propose(command).await?;
    let mut clusters = node.clusters.subscribe();
    let heard = clusters.wait_for(|cluster| cluster.epoch() >= epoch);
    let _ = timeout(NEWS_PATIENCE, heard).await;
    let partitions_left = node.clusters.present().partitions_left();
    let mut response = json(&Agreed { epoch, partitions_left });
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}
