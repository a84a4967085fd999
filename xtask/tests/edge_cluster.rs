//! Envoy with the built filter before real nodes: every key reaches its primary in one
//! hop, and every refusal is as a node's.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

#[path = "support/metrics.rs"]
mod metrics;
#[path = "support/raw_http.rs"]
mod raw_http;
#[path = "support/refusals.rs"]
mod refusals;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;
use std::time::Duration;

use raw_http::{Answer, Connection};
use ringway_ring::{Key, RequestId, View, ViewNode, Weight, encode_path};
use serde_json::Value;
use xtask::stack::{RingChange, Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_secs(30);
/// Means the same in a body and in a query.
const VALUE: &str = "value!";

fn primary<'v>(view: &'v View, key: &Key<'_>) -> &'v ViewNode {
    view.route(view.partition(key.position())).next().unwrap()
}

/// `count` keys of every kind, the same in every run.
fn keys(count: u64) -> impl Iterator<Item = String> {
    const PIECES: [&str; 8] = ["a", "/", " ", "ü", "+", "%", "日本", "=&?"];
    (0..count).map(|number| {
        // SplitMix64's increment: consecutive numbers come out unlike each other.
        let mut random = (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut key = format!("{number}:");
        for _ in 0..random % 24 {
            random = random.rotate_left(5).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            key += PIECES[usize::try_from(random >> 61).unwrap()];
        }
        key
    })
}

/// The forms in which a request can be about `key`.
fn forms(key: &str) -> [(&'static str, String, &'static str); 8] {
    let key = encode_path(key);
    [
        ("GET", format!("/kv/{key}"), ""),
        ("HEAD", format!("/kv/{key}"), ""),
        ("GET", format!("/explain/{key}"), ""),
        ("GET", format!("/get?key={key}"), ""),
        ("PUT", format!("/kv/{key}"), VALUE),
        ("DELETE", format!("/kv/{key}"), ""),
        ("PUT", format!("/put?value={VALUE}&key={key}"), ""),
        ("DELETE", format!("/del?key={key}"), ""),
    ]
}

/// What is answered by `expected`, or at least by whoever answered twice. A read that meets
/// half a second of silence is asked of the next node as well; on a machine that stalls, that
/// one's answer may be the first.
async fn send_to_primary(
    connection: &mut Connection,
    (method, target, body): &(&str, String, &str),
    expected: &str,
) -> Answer {
    let answer = connection.send(method, target, &[], body).await;
    let is_read = ["GET", "HEAD"].contains(method);
    if is_read && answer.header("x-ringway-node") != Some(expected) {
        return connection.send(method, target, &[], body).await;
    }
    answer
}

#[tokio::test]
async fn every_key_reaches_its_primary_in_one_hop_in_every_form() {
    let stack = Stack::start(StackOptions::of(5)).await.unwrap();
    let view = stack.view().await.unwrap();
    let admin = stack.edge().admin_url();
    let mut connection = Connection::open(&stack.edge().url()).await;
    let before = metrics::sum(&admin, "ringway_lookups_total").await;
    let mut sent = 0;
    for (number, key) in keys(2000).enumerate() {
        let expected = primary(&view, &Key::new(key.as_str()).unwrap()).id.as_str();
        // All forms of some keys, and one form of each.
        let all = forms(&key);
        let chosen = if number % 50 == 0 { &all[..] } else { &all[number % 8..=number % 8] };
        for form @ (method, target, _) in chosen {
            let answer = send_to_primary(&mut connection, form, expected).await;
            assert!([200, 201, 404].contains(&answer.status), "{method} {target}: {answer:?}");
            assert_eq!(answer.header("x-ringway-node"), Some(expected), "{method} {target}");
            sent += 1;
        }
    }
    let counted = async || metrics::sum(&admin, "ringway_lookups_total").await >= before + sent;
    assert!(wait::until(PATIENCE, counted).await, "each was looked up");
    assert_eq!(metrics::sum(&admin, "ringway_view_epoch").await, view.epoch().get());
}

/// The method that the node has at `target`'s path.
fn method_at(target: &str) -> &'static str {
    match target.split('?').next() {
        Some("/put") => "PUT",
        Some("/del") => "DELETE",
        _ => "GET",
    }
}

#[tokio::test]
async fn every_target_of_the_vectors_is_routed_or_refused_as_they_say() {
    let stack = Stack::start(StackOptions::of(5)).await.unwrap();
    let view = stack.view().await.unwrap();
    let file: Value =
        serde_json::from_str(include_str!("../../ring/vectors/request_targets.json")).unwrap();
    let mut routed = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let target = vector["target"].as_str().unwrap();
        if vector["not_http"] == true {
            continue;
        }
        let mut connection = Connection::open(&stack.edge().url()).await;
        let form = (method_at(target), target.to_owned(), "");
        if let Some(key) = vector["key"].as_str() {
            let expected = primary(&view, &Key::new(key).unwrap()).id.as_str();
            let answer = send_to_primary(&mut connection, &form, expected).await;
            assert_eq!(answer.header("x-ringway-node"), Some(expected), "{target}: {answer:?}");
            routed += 1;
            continue;
        }
        let answer = connection.send(form.0, target, &[], "").await;
        if let Some(id) = vector["id"].as_i64() {
            let id = RequestId::new(id);
            assert_eq!(answer.body, id.reply(&primary(&view, &id.key()).id), "{target}");
        } else if let Some(code) = vector["error"].as_str() {
            assert_eq!((answer.status, answer.code().as_str()), (400, code), "{target}");
        } else {
            assert_ne!(answer.status, 503, "{target}: any node answers");
        }
    }
    assert!(routed > 20, "only {routed} vectors have a key");
}

#[tokio::test]
async fn the_edge_maps_requests_by_itself() {
    let mut stack = Stack::start(StackOptions::of(3)).await.unwrap();
    let view = stack.view().await.unwrap();
    let ids: Vec<_> = stack.nodes().iter().map(|node| node.id().clone()).collect();
    for id in &ids {
        stack.kill(id);
    }
    let mut connection = Connection::open(&stack.edge().url()).await;
    for number in [0, 1, 7, -7, 123_456_789_012_345_678] {
        let id = RequestId::new(number);
        let answer = connection.get(&format!("/map_request?id={number}")).await;
        assert_eq!(answer.status, 200, "no node is there to ask: {answer:?}");
        assert_eq!(answer.header("x-ringway-epoch"), Some(&*view.epoch().to_string()));
        assert_eq!(answer.body, id.reply(&primary(&view, &id.key()).id));
    }
    let answer = connection.send("HEAD", "/map_request?id=1", &[], "").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
}

#[tokio::test]
async fn refusals_are_json_and_the_connection_stays_usable() {
    let stack = Stack::start(StackOptions::of(3)).await.unwrap();
    refusals::are_json_and_leave_the_connection_usable(&stack.edge().url()).await;

    let mut connection = Connection::open(&stack.edge().url()).await;
    let endless = format!("/kv/{}", "x".repeat(100_000));
    let answer = connection.get("/map_request").await;
    assert_eq!(answer.json()["error"], "Request ID is required");

    // Refused before it was read, so this connection can't go on.
    let answer = connection.get(&endless).await;
    assert_eq!((answer.status, answer.code().as_str()), (431, "headers_too_large"));

    let bad_keys =
        async || metrics::sum(&stack.edge().admin_url(), "ringway_bad_keys_total").await == 10;
    assert!(wait::until(PATIENCE, bad_keys).await, "each bad key was counted");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_nothing_is_stored() {
    let mut options = StackOptions::of(3);
    options.node_arguments = vec!["--max-value-bytes".into(), "1000".into()];
    let stack = Stack::start(options).await.unwrap();
    let mut connection = Connection::open(&stack.edge().url()).await;
    let answer = connection.send("PUT", "/kv/large", &[], &"x".repeat(1001)).await;
    assert_eq!((answer.status, answer.code().as_str()), (413, "value_too_large"));
    let mut connection = Connection::open(&stack.edge().url()).await;
    assert_eq!(connection.get("/kv/large").await.status, 404);
    let answer = connection.send("PUT", "/kv/large", &[], &"x".repeat(1000)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[tokio::test]
async fn a_change_of_the_nodes_is_followed() {
    let mut stack = Stack::start(StackOptions::of(3)).await.unwrap();
    let mut connection = Connection::open(&stack.edge().url()).await;
    let new = StackOptions::of(4).members.pop().unwrap();
    let (first, added) = (stack.nodes()[0].id().clone(), new.id.clone());
    stack.join(vec![new]).await.unwrap();
    let weights = BTreeMap::from([(first.clone(), Weight::new(3).unwrap())]);
    stack.change(&RingChange { weights, ..RingChange::adding(&[added]) }).await.unwrap();
    comes_to_follow(&stack, &mut connection, 4).await;
    // Without the node that is the heaviest.
    stack.change(&RingChange::removing(std::slice::from_ref(&first))).await.unwrap();
    comes_to_follow(&stack, &mut connection, 3).await;
}

#[tokio::test]
async fn a_change_reaches_every_worker() {
    let concurrency = NonZeroU16::new(4).unwrap();
    let mut stack =
        Stack::start(StackOptions { concurrency, ..StackOptions::of(3) }).await.unwrap();
    // The system gives each to a worker at random: that one of four gets none is less likely
    // than one in a million.
    let mut connections = Vec::new();
    for _ in 0..64 {
        connections.push(Connection::open(&stack.edge().url()).await);
    }
    let ids: Vec<_> = stack.nodes().iter().map(|node| node.id().clone()).collect();
    for id in ids {
        // Whichever node they follow, one of these is it.
        stack.kill(&id);
        stack.restart(&id).await.unwrap();
        stack.settle().await.unwrap();
        let expected = stack.view().await.unwrap().epoch().to_string();
        for connection in &mut connections {
            let follows = wait::until(PATIENCE, async || {
                let answer = connection.get("/map_request?id=1").await;
                answer.header("x-ringway-epoch") == Some(expected.as_str())
            });
            assert!(follows.await, "a worker has no view of epoch {expected}");
        }
    }
}

async fn comes_to_follow(stack: &Stack, connection: &mut Connection, holders: usize) {
    let view = stack.view().await.unwrap();
    let assigned: BTreeSet<_> = view.assignment().lists().flatten().collect();
    assert_eq!(assigned.len(), holders);
    let follows = wait::until(PATIENCE, async || {
        for key in keys(60) {
            let answer = connection.get(&format!("/kv/{}", encode_path(&key))).await;
            let expected = primary(&view, &Key::new(key.as_str()).unwrap()).id.as_str();
            if answer.header("x-ringway-node") != Some(expected) {
                return false;
            }
        }
        true
    });
    assert!(follows.await);
}
