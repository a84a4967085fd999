//! How the scheme before a token may be spelled.

use crate::cluster::Cluster;
use crate::raw_http::Connection;

/// What a node takes and what both edges take, which is no more.
const SPELLINGS: [(&str, u16, u16); 6] = [
    ("Bearer", 200, 200),
    ("bearer", 200, 200),
    ("BEARER", 200, 401),
    ("bEaReR", 200, 401),
    ("Basic", 401, 401),
    ("Bearer Bearer", 401, 401),
];

pub(crate) async fn edges_know_the_same(cluster: &Cluster) {
    cluster.put_the_key().await;
    let token = cluster.stack.token().unwrap();
    for (place, url) in cluster.places() {
        for (scheme, at_node, at_edge) in SPELLINGS {
            let value = format!("{scheme} {token}");
            let headers = [("authorization", value.as_str())];
            let answer = Connection::open(&url).await.send("GET", "/kv/a/k", &headers, "").await;
            let expected = if place == "node" { at_node } else { at_edge };
            assert_eq!(answer.status, expected, "{place}: {scheme}: {answer:?}");
            if expected == 401 && scheme != "Bearer Bearer" {
                assert_eq!(answer.code(), "token_missing", "{place}: {scheme}");
            }
        }
    }
}
