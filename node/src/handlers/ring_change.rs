//! Changing the ring.

use std::sync::Arc;

use http::StatusCode;
use ringway_ring::NodeId;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::json;
use crate::membership::{Change, Command};
use crate::node::Node;
use crate::refusal::Refusal;
use crate::routes::{AdmittedBody, Answer};

/// Far above the ids of as many nodes as a cluster can have.
const BODY_BYTES_MAX: u64 = 8 << 20;

/// `POST /ring/change` `{"add": [], "remove": [], "weights": {}}`: sets out for another ring.
/// Answers 202 once that is agreed on; `GET /ring/status` says how far it is. What is so
/// already is nothing to do.
pub(crate) async fn change_ring(node: Arc<Node>, body: AdmittedBody) -> Answer {
    let change: Change = read(body).await?;
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
pub(crate) async fn leave(node: Arc<Node>, body: AdmittedBody) -> Answer {
    let Leave { id } = read(body).await?;
    propose(&node, Command::Leave { node: id }).await
}

/// The body, as JSON.
pub(super) async fn read<T: DeserializeOwned>(body: AdmittedBody) -> Result<T, Refusal> {
    let body = body.read(BODY_BYTES_MAX).await?;
    serde_json::from_slice(&body.bytes).map_err(Refusal::RingChange)
}

/// Has the cluster do `command`.
pub(super) async fn propose(node: &Node, command: Command) -> Answer {
    let mut response = json(&node.agree(command).await?);
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}
