//! What a node says of itself.

use std::time::Instant;

use http::HeaderValue;
use serde_json::json;

use super::{bytes, json as json_reply};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::ring_status::progress;
use crate::routes::Answer;

/// `GET /heartbeat`: it answers.
pub(crate) fn heartbeat(_node: &Node, target: &RawTarget) -> Answer {
    exactly(target, "/heartbeat")?;
    Ok(bytes(HeaderValue::from_static("text/plain; charset=utf-8"), "Hello".into()))
}

/// `GET /home`: which server this is.
pub(crate) fn home(node: &Node, target: &RawTarget) -> Answer {
    exactly(target, "/home")?;
    let message = format!("Hello from Server: {}", node.id);
    Ok(json_reply(&json!({ "message": message, "status": "successful" })))
}

/// `GET /metrics`: what it counts, as Prometheus reads it.
pub(crate) fn metrics(node: &Node, target: &RawTarget) -> Answer {
    exactly(target, "/metrics")?;
    let content_type = HeaderValue::from_static("text/plain; version=0.0.4");
    node.replication_metrics.set(&node.replication.status());
    let (cluster, seconds_left) =
        (node.clusters.present(), node.change_seconds_left(Instant::now()));
    node.ring_metrics.set(cluster.moving().count(), progress(&cluster, seconds_left));
    Ok(bytes(content_type, node.metrics.render().into()))
}

pub(super) fn exactly(target: &RawTarget, path: &str) -> Result<(), Refusal> {
    target.check()?;
    if target.path() == path { Ok(()) } else { Err(Refusal::NoSuchRoute) }
}
