//! Envoy's endpoints, by REST EDS with long poll.
//!
//! Envoy asks again as soon as it is answered, naming the version that it has. It is
//! held until there is another that is no older, since Envoy takes what it is told and
//! this node may be behind. 304 tells it that there is none yet; then it asks the next
//! node, so that one that is cut off from the others keeps no news from it for long.

use std::sync::Arc;
use std::time::Duration;

use ringway_ring::View;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::timeout;

use super::not_modified;
use crate::node::Node;
use crate::refusal::Refusal;
use crate::routes::{AdmittedBody, Answer};
use crate::view_watch::PublishedView;

/// Below the 2 s after which the edge gives up on the request.
const WAIT: Duration = Duration::from_secs(1);
/// Envoy names every extension that it was built with: about 100 KB.
const BODY_BYTES_MAX: u64 = 1 << 20;
const TYPE_URL: &str = "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment";
/// The edge's name for all nodes together.
const CLUSTER: &str = "nodes";

#[derive(Deserialize)]
struct DiscoveryRequest {
    #[serde(default)]
    version_info: String,
}

/// `POST /v3/discovery:endpoints`
pub(crate) async fn discovery(node: Arc<Node>, body: AdmittedBody) -> Answer {
    let body = body.read(BODY_BYTES_MAX).await?;
    let request: DiscoveryRequest =
        serde_json::from_slice(&body.bytes).map_err(Refusal::Discovery)?;
    drop(body);
    let present = node.views.present();
    let is_news = |published: &PublishedView| published.follows(&request.version_info);
    if is_news(&present) {
        return Ok(super::json(&endpoints(&present)));
    }
    match timeout(WAIT, node.views.next(is_news)).await {
        Ok(Some(news)) => Ok(super::json(&endpoints(&news))),
        Ok(None) | Err(_) => Ok(not_modified(present.etag.clone())),
    }
}

/// All nodes, down or up: the filter orders them, and Envoy skips whom it doesn't know.
fn endpoints(published: &PublishedView) -> Value {
    json!({
        "version_info": published.tag,
        "type_url": TYPE_URL,
        "resources": [{
            "@type": TYPE_URL,
            "cluster_name": CLUSTER,
            "endpoints": [{ "lb_endpoints": lb_endpoints(&published.view) }],
        }],
    })
}

fn lb_endpoints(view: &View) -> Vec<Value> {
    let endpoint = |address: std::net::SocketAddr| {
        let (ip, port) = (address.ip(), address.port());
        let socket_address = json!({ "address": ip, "port_value": port });
        json!({ "endpoint": { "address": { "socket_address": socket_address } } })
    };
    view.nodes().iter().map(|node| endpoint(node.address)).collect()
}
