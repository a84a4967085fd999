//! Who may do what: every row of `docs/access.md`, with every token in its columns, at a node,
//! through Envoy and through HAProxy.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

#[path = "../support/certificates.rs"]
mod certificates;
mod client;
mod cluster;
mod crowd;
mod edge_logs;
mod hostile;
mod http_2;
mod mutated_requests;
mod mutated_tokens;
mod over_tls;
#[path = "../../src/random.rs"]
mod random;
#[path = "../support/raw_http.rs"]
mod raw_http;
mod schemes;
mod shut_out;
mod smuggled;
mod table;
#[path = "../support/tls_client.rs"]
mod tls_client;
mod tokens;
mod under_load;
mod walk;
mod wire;

use std::time::Duration;

use cluster::Cluster;
use raw_http::Connection;
use walk::{Plain, Tokens, walk};

const PATIENCE: Duration = Duration::from_mins(1);

#[tokio::test]
async fn every_row_is_as_it_says_with_every_token_at_nodes_and_edges() {
    let cluster = Cluster::start().await;
    // Envoy takes its time to write its log.
    edge_logs::be_refused(&cluster).await;
    let tokens = Tokens::of(&cluster).await;
    for (place, url) in cluster.places() {
        let alive = Connection::open(&url).await.get("/heartbeat").await;
        assert_eq!(alive.body, "Hello", "{place}");
    }
    schemes::edges_know_the_same(&cluster).await;
    let wrong = walk(&cluster, &tokens, &[0, 1, 2], &Plain).await;
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    let unasked = cluster.routes_never_asked_for().await;
    assert_eq!(unasked, Vec::<String>::new(), "routes that the table lacks");
    edge_logs::are_noted(&cluster).await;
}
