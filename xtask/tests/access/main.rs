//! Who may do what: every row of `docs/access.md`, with every token in its columns, at a node,
//! through Envoy and through HAProxy.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

mod cluster;
mod edge_logs;
mod hostile;
mod mutated_requests;
mod mutated_tokens;
#[path = "../../src/random.rs"]
mod random;
#[path = "../support/raw_http.rs"]
mod raw_http;
#[path = "../support/reading.rs"]
mod reading;
mod smuggled;
mod table;
mod tokens;
mod wire;

use std::collections::BTreeMap;
use std::time::Duration;

use cluster::Cluster;
use raw_http::{Answer, Connection};
use reading::{Reading, Reads};
use table::Table;
use xtask::wait;

const PATIENCE: Duration = Duration::from_mins(1);

/// What `answer` is, with what every refusal of a token has.
fn status_of(answer: &Answer, code: Option<&str>) -> Result<u16, String> {
    let challenge = answer.header("www-authenticate");
    match answer.status {
        401 => {
            let found = answer.code();
            let expected =
                code.ok_or_else(|| format!("it takes no token to be let in: {found}"))?;
            let bad = r#"Bearer realm="ringway", error="invalid_token""#;
            let asks = if expected == "token_missing" { r#"Bearer realm="ringway""# } else { bad };
            if (found.as_str(), challenge) == (expected, Some(asks)) {
                Ok(401)
            } else {
                Err(format!("{found}, {challenge:?}"))
            }
        }
        403 if answer.code() != "forbidden" || challenge.is_none() => Err(answer.body.clone()),
        403 => Ok(403),
        _ if challenge.is_some() => Err(format!("{challenge:?}")),
        status => Ok(status),
    }
}

#[tokio::test]
async fn every_row_is_as_it_says_with_every_token_at_nodes_and_edges() {
    let table = Table::read();
    let cluster = Cluster::start().await;
    // Envoy takes its time to write its log.
    edge_logs::be_refused(&cluster).await;
    let mut tokens = BTreeMap::<_, Vec<_>>::new();
    for (kind, token) in cluster.tokens().await {
        tokens.entry(kind).or_default().push(token);
    }
    let places = cluster.places();
    for (place, url) in &places {
        let alive = Connection::open(url).await.get("/heartbeat").await;
        assert_eq!(alive.body, "Hello", "{place}");
    }
    let mut wrong = Vec::new();
    for row in &table.rows {
        let (method, target) = row.request.split_once(' ').unwrap();
        for (kind, expected) in table.kinds.iter().zip(&row.cells) {
            let places = places.iter().zip(expected);
            let tries =
                places.flat_map(|place| tokens[kind.as_str()].iter().map(move |it| (place, it)));
            for (((place, url), expected), token) in tries {
                let bearer = format!("Bearer {token}");
                let headers = [("authorization", bearer.as_str())];
                let headers = if kind == "no token" { &[][..] } else { &headers[..] };
                let mut connection = Connection::open(url).await;
                let answer = connection.send(method, target, headers, "").await;
                let code = table.codes.get(kind).map(String::as_str);
                // The answer to HEAD has no body to tell by.
                let found =
                    if method == "HEAD" { Ok(answer.status) } else { status_of(&answer, code) };
                if found.as_ref() != Ok(expected) {
                    let request = &row.request;
                    wrong.push(format!("{request} · {kind} · {place}: {expected}, not {found:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    let unasked = cluster.routes_never_asked_for().await;
    assert_eq!(unasked, Vec::<String>::new(), "routes that the table lacks");
    edge_logs::are_noted(&cluster).await;
}

#[tokio::test]
async fn a_key_is_replaced_and_no_request_fails() {
    let cluster = Cluster::start().await;
    let token = cluster.stack.token().unwrap();
    let urls = [cluster.stack.edge().url(), cluster.stack.haproxy().url()];
    cluster.put_the_key().await;
    let reads = Reads { target: "/kv/a/k", clients: 8, of_connection: usize::MAX };
    let open = |url: String| async move { Connection::open(&url).await };
    let load = Reading::start(reads, &urls, token, open);
    let before = cluster.forger().await.again(token);
    cluster.rotate_key().await;
    // It doesn't sign yet, but edges have to know it before it does.
    let next = cluster.forger().await.again(token);
    for url in &urls {
        for token in [&next, &before] {
            let bearer = format!("Bearer {token}");
            let is_known = wait::until(PATIENCE, async || {
                let mut connection = Connection::open(url).await;
                let headers = [("authorization", bearer.as_str())];
                connection.send("GET", "/kv/a/k", &headers, "").await.status == 200
            });
            assert!(is_known.await, "{url} doesn't know the key");
        }
    }
    let (requests, failed) = load.end().await;
    assert!(failed.is_empty(), "{} of {requests}: {failed:?}", failed.len());
    assert!(requests > 100, "only {requests} requests");
}
