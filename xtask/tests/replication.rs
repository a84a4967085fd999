//! What replication promises of the nodes themselves, without an edge before them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

use std::fs;
use std::path::Path;
use std::time::Duration;

use reqwest::header::ETAG;
use reqwest::{Client, Response, StatusCode};
use ringway_ring::NodeId;
use xtask::stack::{Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_secs(30);
const KEYS: usize = 60;

/// Nodes, a client, and nothing between them.
struct Nodes {
    stack: Stack,
    client: Client,
    ids: Vec<NodeId>,
}

impl Nodes {
    async fn start(count: u16) -> Self {
        let options = StackOptions { edge: false, ..StackOptions::of(count) };
        let stack = Stack::start(options).await.unwrap();
        let ids = stack.nodes().iter().map(|node| node.id().clone()).collect();
        let nodes = Self { stack, client: Client::builder().no_proxy().build().unwrap(), ids };
        nodes.are_connected(u64::from(count) - 1).await;
        nodes
    }

    /// Waits until every running node is connected to `peers` others.
    async fn are_connected(&self, peers: u64) {
        let connected = async || {
            for node in self.stack.nodes().iter().filter(|node| node.pid().is_some()) {
                if node.metric("ringway_peers_connected").await != Some(peers) {
                    return false;
                }
            }
            true
        };
        assert!(wait::until(PATIENCE, connected).await, "the nodes do not find each other");
    }

    fn url(&self, place: usize, target: &str) -> String {
        format!("{}/kv/{target}", self.stack.nodes()[place].url())
    }

    async fn put(&self, place: usize, key: &str, value: &str) -> Response {
        let put = self.client.put(self.url(place, key)).body(value.to_owned());
        put.send().await.unwrap()
    }

    /// The status and the body.
    async fn get(&self, place: usize, target: &str) -> (StatusCode, String) {
        let response = self.client.get(self.url(place, target)).send().await.unwrap();
        (response.status(), response.text().await.unwrap())
    }
}

fn key(number: usize) -> String {
    format!("key-{number}")
}

#[tokio::test]
async fn any_node_takes_any_request() {
    let nodes = Nodes::start(5).await;
    for number in 0..KEYS {
        let (writer, key) = (number % nodes.ids.len(), key(number));
        let put = nodes.put(writer, &key, &key).await;
        assert_eq!(put.status(), StatusCode::CREATED, "{key}");
        let etag = put.headers()[ETAG].clone();
        for (reader, id) in nodes.ids.iter().enumerate() {
            let get = nodes.client.get(nodes.url(reader, &key)).send().await.unwrap();
            assert_eq!(get.status(), StatusCode::OK, "{key} at {id}");
            assert_eq!(get.headers()[ETAG], etag, "{key} at {id}");
            assert_eq!(get.headers()["x-ringway-node"], id.as_str(), "whoever answers says so");
            assert_eq!(get.text().await.unwrap(), key);
        }
    }
}

#[tokio::test]
async fn what_is_written_while_a_node_is_down_is_read_from_it_later() {
    let mut nodes = Nodes::start(3).await;
    let away = nodes.ids[2].clone();
    for number in 0..KEYS {
        assert!(nodes.put(0, &key(number), "before").await.status().is_success());
    }
    nodes.stack.kill(&away);
    for number in 0..KEYS {
        if number % 3 == 0 {
            let delete = nodes.client.delete(nodes.url(number % 2, &key(number))).send().await;
            assert_eq!(delete.unwrap().status(), StatusCode::OK);
        } else {
            assert!(nodes.put(number % 2, &key(number), "after").await.status().is_success());
        }
    }
    nodes.stack.restart(&away).await.unwrap();

    // Its own copies: with three nodes it holds every key.
    let has_all = async || {
        for number in 0..KEYS {
            let (status, body) = nodes.get(2, &format!("{}?consistency=one", key(number))).await;
            let is_right = match number % 3 {
                0 => status == StatusCode::NOT_FOUND,
                _ => status == StatusCode::OK && body == "after",
            };
            if !is_right {
                return false;
            }
        }
        true
    };
    assert!(wait::until(PATIENCE, has_all).await, "it does not catch up");
    let node = nodes.stack.node(&away);
    let metric = async |name: &str| node.metric(&format!("ringway_replication_{name}")).await;
    let says_so = async || {
        metric("counted").await == metric("partitions").await
            && metric("unchecked").await == Some(0)
            && metric("behind").await == Some(0)
    };
    assert!(wait::until(PATIENCE, says_so).await, "it does not say that it has caught up");
    // The values came as copies; a tombstone may have been sent once more by who leads.
    let values = (KEYS - KEYS.div_ceil(3)) as u64;
    assert!(metric("copied_total").await.is_some_and(|copied| copied >= values));
}

/// The files below `directory` that are values of their own.
fn large_values(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.fold(0, |count, path| match path.is_dir() {
        true if path.ends_with("blobs") => count + fs::read_dir(&path).unwrap().count(),
        true => count + large_values(&path),
        false => count,
    })
}

#[tokio::test]
async fn what_is_deleted_or_has_expired_leaves_every_disk() {
    let nodes = Nodes::start(3).await;
    let large = "x".repeat(2 << 20);
    for number in 0..KEYS {
        let (value, ttl) = if number < 4 { (large.as_str(), "") } else { ("small", "?ttl=1") };
        let put = nodes.put(number % 3, &format!("{}{ttl}", key(number)), value).await;
        assert_eq!(put.status(), StatusCode::CREATED);
    }
    let files = large_values(nodes.stack.directory());
    assert!((8..=12).contains(&files), "a majority has each of the four: {files}");
    for number in 0..4 {
        let delete = nodes.client.delete(nodes.url(number % 3, &key(number))).send().await;
        assert_eq!(delete.unwrap().status(), StatusCode::OK);
    }
    let is_empty = async || {
        for node in nodes.stack.nodes() {
            let metric = async |name: &str| node.metric(&format!("ringway_{name}")).await;
            if metric("keys").await != Some(0) || metric("tombstones").await != Some(0) {
                return false;
            }
        }
        large_values(nodes.stack.directory()) == 0
    };
    assert!(wait::until(PATIENCE, is_empty).await, "something is left");
}

#[tokio::test]
async fn a_node_with_another_secret_is_nobodys_peer() {
    let mut nodes = Nodes::start(3).await;
    let stranger = nodes.ids[2].clone();
    nodes.stack.kill(&stranger);
    let file = nodes.stack.directory().join("cluster-secret");
    let secret = fs::read(&file).unwrap();
    fs::write(&file, "not what the others have").unwrap();
    nodes.stack.restart(&stranger).await.unwrap();

    // Each refuses the other, and says so.
    for node in nodes.stack.nodes() {
        let refuses = async || {
            let refused = node.metric("ringway_peer_refused_total").await;
            refused.is_some_and(|refused| refused > 0)
        };
        assert!(wait::until(PATIENCE, refuses).await, "{} refuses nobody", node.id());
    }
    assert_eq!(nodes.stack.node(&stranger).metric("ringway_peers_connected").await, Some(0));
    // The others are a majority; the stranger is none and can't do anything.
    assert_eq!(nodes.put(0, "a", "theirs").await.status(), StatusCode::CREATED);
    let refused = nodes.put(2, "a", "the stranger's").await;
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(refused.headers()["x-ringway-outcome"], "not-applied");
    assert_eq!(nodes.get(1, "a").await, (StatusCode::OK, "theirs".to_owned()));

    fs::write(&file, secret).unwrap();
    nodes.stack.restart(&stranger).await.unwrap();
    nodes.are_connected(2).await;
    assert_eq!(nodes.get(2, "a").await, (StatusCode::OK, "theirs".to_owned()));
}
