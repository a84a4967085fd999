//! HAProxy with the deployed configuration, and `ringway haproxy-sync`, before real nodes: every
//! key reaches its primary, refusals are as a node's, and dead nodes cost no read.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

#[path = "support/raw_http.rs"]
mod raw_http;
#[path = "support/refusals.rs"]
mod refusals;

use std::collections::BTreeSet;
use std::time::Duration;

use raw_http::Connection;
use ringway_ring::{Key, NodeId, RequestId, TargetError, View, ViewNode};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};
use xtask::stack::{RingChange, Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_secs(30);

fn options(nodes: u16) -> StackOptions {
    StackOptions { edge: false, haproxy: true, ..StackOptions::of(nodes) }
}

fn holders<'v>(view: &'v View, key: &str) -> Vec<&'v ViewNode> {
    view.route(view.partition(Key::new(key).unwrap().position())).collect()
}

/// The method that the node has at `target`'s path.
fn method_at(target: &str) -> &'static str {
    match target.split('?').next() {
        Some("/put") => "PUT",
        Some("/del") => "DELETE",
        _ => "GET",
    }
}

/// Whether `keys` of every kind of holder are answered by the node that `view` names first.
async fn follows(stack: &Stack, view: &View) -> bool {
    let mut connection = Connection::open(&stack.haproxy().url()).await;
    for number in 0..60 {
        let key = format!("some/{number}");
        let answer = connection.get(&format!("/explain/{key}")).await;
        if answer.header("x-ringway-node") != Some(holders(view, &key)[0].id.as_str()) {
            return false;
        }
    }
    true
}

async fn comes_to_follow(stack: &Stack, nodes: &[&str]) {
    let view = stack.view().await.unwrap();
    let assigned: BTreeSet<_> = (0..view.assignment().partitions().get())
        .flat_map(|number| holders_of(&view, number))
        .collect();
    assert_eq!(assigned.iter().map(NodeId::as_str).collect::<Vec<_>>(), nodes);
    let follows = wait::until(PATIENCE, async || follows(stack, &view).await);
    assert!(follows.await, "it doesn't route as epoch {}", view.epoch());
}

fn holders_of(view: &View, number: u32) -> Vec<NodeId> {
    let partition = ringway_ring::Partition::new(u16::try_from(number).unwrap());
    view.preference_list(partition).map(|node| node.id.clone()).collect()
}

#[tokio::test]
async fn every_target_of_the_vectors_is_routed_or_refused_as_they_say() {
    let stack = Stack::start(options(5)).await.unwrap();
    let view = stack.view().await.unwrap();
    let wait = wait::until(PATIENCE, async || follows(&stack, &view).await);
    assert!(wait.await);
    let file: Value =
        serde_json::from_str(include_str!("../../ring/vectors/request_targets.json")).unwrap();
    let mut routed = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let target = vector["target"].as_str().unwrap();
        if vector["not_http"] == true {
            continue;
        }
        let mut connection = Connection::open(&stack.haproxy().url()).await;
        let answer = connection.send(method_at(target), target, &[], "").await;
        if let Some(key) = vector["key"].as_str() {
            let expected = holders(&view, key)[0].id.as_str();
            assert_eq!(answer.header("x-ringway-node"), Some(expected), "{target}: {answer:?}");
            routed += 1;
        } else if let Some(id) = vector["id"].as_i64() {
            let id = RequestId::new(id);
            let first = &holders(&view, id.key().as_str())[0].id;
            assert_eq!(answer.body, id.reply(first), "{target}");
            assert_eq!(answer.header("x-ringway-epoch"), Some(&*view.epoch().to_string()));
        } else if vector["error"].is_string() {
            // The very sentence that a node says.
            let error: TargetError =
                ringway_ring::RequestTarget::parse(target.as_bytes()).unwrap_err();
            assert_eq!((answer.status, answer.body.as_str()), (400, &*error.body()), "{target}");
        } else {
            assert_ne!(answer.status, 503, "{target}: any node answers");
        }
    }
    assert!(routed > 20, "only {routed} vectors have a key");
}

#[tokio::test]
async fn refusals_are_json_and_the_connection_stays_usable() {
    let stack = Stack::start(options(2)).await.unwrap();
    refusals::are_json_and_leave_the_connection_usable(&stack.haproxy().url()).await;

    let mut connection = Connection::open(&stack.haproxy().url()).await;
    let answer = connection.get("/kv/a|b").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "bad_target"));
    assert_eq!((answer.header("allow"), answer.header("server")), (None, Some("ringway")));
    assert!([200, 201].contains(&connection.send("PUT", "/kv/after", &[], "value").await.status));

    // What HAProxy can't read it refuses in its own words, and hangs up.
    for target in ["/kv/a b", &format!("/kv/{}", "x".repeat(100_000))] {
        let mut connection = Connection::open(&stack.haproxy().url()).await;
        assert_eq!(connection.get(target).await.status, 400);
    }

    // Each request of a pipeline is answered, however many it answers by itself.
    let address = stack.haproxy().url();
    let mut stream = TcpStream::connect(address.trim_start_matches("http://")).await.unwrap();
    let ask = |id, header| format!("GET /map_request?id={id} HTTP/1.1\r\nhost: r\r\n{header}\r\n");
    let asked = ask("7", "").repeat(8) + &ask("x", "connection: close\r\n");
    stream.write_all(asked.as_bytes()).await.unwrap();
    let mut answered = String::new();
    stream.read_to_string(&mut answered).await.unwrap();
    assert_eq!(answered.matches("\"mapped_server\"").count(), 8, "{answered}");
    assert!(answered.contains("id_not_integer"), "{answered}");
}

#[tokio::test]
async fn reads_survive_what_kills_nodes() {
    let mut stack = Stack::start(options(5)).await.unwrap();
    let view = stack.view().await.unwrap();
    assert!(wait::until(PATIENCE, async || follows(&stack, &view).await).await);
    let mut connection = Connection::open(&stack.haproxy().url()).await;
    let key = "europe/hamburg";
    let ids: Vec<_> = holders(&view, key).into_iter().map(|node| node.id.clone()).collect();
    let target = format!("/kv/{key}");
    assert_eq!(connection.send("PUT", &target, &[], "Moin").await.status, 201);

    // Killed, while HAProxy takes it to be well.
    stack.kill(&ids[0]);
    for _ in 0..20 {
        let answer = connection.get(&target).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, "Moin"), "{answer:?}");
    }
    let answer = connection.send("PUT", &target, &[], "Moin Moin").await;
    assert_eq!(answer.status, 200, "a write that no connection took goes on: {answer:?}");

    // Known to be down: the next in the list is asked at once.
    assert!(wait::until(PATIENCE, async || servers_down(&stack).await == 64 - 4).await);
    let asks_at_once = wait::until(PATIENCE, async || {
        let before = retries(&stack).await;
        for _ in 0..20 {
            let answer = connection.get(&target).await;
            assert_eq!(answer.body, "Moin Moin", "{answer:?}");
            if answer.header("x-ringway-node") != Some(ids[1].as_str()) {
                return false;
            }
        }
        retries(&stack).await == before
    });
    assert!(asks_at_once.await, "the second holder isn't asked first");

    // Two of three, and then without a majority: one copy still answers, a write honestly not.
    stack.kill(&ids[1]);
    let one = format!("{target}?consistency=one");
    for _ in 0..20 {
        let answer = connection.get(&one).await;
        assert_eq!(answer.header("x-ringway-node"), Some(ids[2].as_str()), "{answer:?}");
        assert_eq!(answer.body, "Moin Moin");
    }
    let answer = connection.send("PUT", &target, &[], "no").await;
    assert_eq!(answer.status, 503, "{answer:?}");
    assert!(answer.header("x-ringway-outcome").is_some(), "{answer:?}");

    // Known to be down: nobody tries there first any more.
    assert!(wait::until(PATIENCE, async || servers_down(&stack).await == 64 - 3).await);
    let answer = connection.get(&one).await;
    assert_eq!(answer.header("x-ringway-node"), Some(ids[2].as_str()));

    for id in &ids[..2] {
        stack.restart(id).await.unwrap();
    }
    stack.settle().await.unwrap();
    let view = stack.view().await.unwrap();
    assert!(wait::until(PATIENCE, async || follows(&stack, &view).await).await);
    assert_eq!(connection.get(&target).await.body, "Moin Moin");
}

/// How many of HAProxy's servers it doesn't send reads to.
async fn servers_down(stack: &Stack) -> usize {
    let state = socket(stack, "show servers state reads").await;
    state.lines().filter(|line| line.split(' ').nth(5) == Some("0")).count()
}

/// How often HAProxy has tried a read again.
async fn retries(stack: &Stack) -> String {
    let url = format!("{}/metrics", stack.haproxy().stats_url());
    let metrics = reqwest::get(url).await.unwrap().text().await.unwrap();
    let name = "haproxy_backend_retry_warnings_total{proxy=\"reads\"} ";
    let row = metrics.lines().find_map(|line| line.strip_prefix(name));
    row.unwrap_or_else(|| panic!("no {name} in {metrics}")).to_owned()
}

/// What HAProxy's stats socket answers to `command`.
async fn socket(stack: &Stack, command: &str) -> String {
    let mut answer = String::new();
    if let Ok(mut stream) = UnixStream::connect(stack.haproxy().socket()).await {
        stream.write_all(format!("{command}\n").as_bytes()).await.unwrap();
        // Cut short where HAProxy is just being replaced.
        let _ = stream.read_to_string(&mut answer).await;
    }
    answer
}

#[tokio::test]
async fn a_change_of_the_ring_is_followed_through_reloads_and_deaths() {
    let mut stack = Stack::start(options(3)).await.unwrap();
    let new = StackOptions::of(4).members.pop().unwrap();
    let added = new.id.clone();
    stack.join(vec![new]).await.unwrap();
    stack.change(&RingChange::adding(&[added])).await.unwrap();
    comes_to_follow(&stack, &["n1", "n2", "n3", "n4"]).await;
    let first: NodeId = "n1".parse().unwrap();
    stack.change(&RingChange::removing(std::slice::from_ref(&first))).await.unwrap();
    comes_to_follow(&stack, &["n2", "n3", "n4"]).await;

    // What it starts with is what it served by, with nobody there to tell it.
    stack.stop_haproxy_sync();
    let view = stack.view().await.unwrap();
    stack.signal_haproxy("USR2");
    assert!(wait::until(PATIENCE, async || follows(&stack, &view).await).await);

    // It is behind while nobody tells it, and catches up.
    stack.change(&RingChange::adding(&[first])).await.unwrap();
    assert!(!follows(&stack, &stack.view().await.unwrap()).await);
    stack.start_haproxy().await.unwrap();
    comes_to_follow(&stack, &["n1", "n2", "n3", "n4"]).await;
    // That HAProxy goes by the ring is noted once it was looked at again.
    let epoch = stack.view().await.unwrap().epoch();
    let rows = [format!("epoch {epoch}"), "lag_seconds 0".to_owned()];
    let mut metrics = String::new();
    let is_noted = wait::until(PATIENCE, async || {
        let url = format!("{}/metrics", stack.haproxy().sync_url());
        metrics = reqwest::get(url).await.unwrap().text().await.unwrap();
        rows.iter().all(|row| metrics.contains(&format!("ringway_haproxy_sync_{row}\n")))
    });
    assert!(is_noted.await, "{metrics}");
    let stats = reqwest::get(format!("{}/metrics", stack.haproxy().stats_url())).await.unwrap();
    assert!(stats.text().await.unwrap().contains("haproxy_server_status{"));
    let page = reqwest::get(stack.haproxy().stats_url()).await.unwrap().text().await.unwrap();
    assert!(page.contains("Statistics Report for HAProxy"), "{page}");
}
