//! A node that holds data dies: it is known to be down, after the grace period others hold what it
//! held, and when it comes back after all it is a spare, of which nothing old is ever read.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

#[path = "support/holdings.rs"]
#[expect(dead_code, reason = "nothing is planned here")]
mod holdings;

use std::num::NonZeroU16;
use std::time::Duration;

use holdings::held;
use reqwest::{Client, StatusCode};
use ringway_ring::{Health, NodeId, View};
use serde_json::{Value, json};
use xtask::stack::{Node, RingChange, Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_mins(1);
const KEYS: usize = 90;

fn url(node: &Node, number: usize, query: &str) -> String {
    format!("{}/kv/replaced/{number}{query}", node.url())
}

/// Four nodes, of which one will die, and a client.
struct Four {
    stack: Stack,
    client: Client,
    mortal: NodeId,
}

impl Four {
    async fn start() -> Self {
        let moving_max = NonZeroU16::new(4096);
        let options = StackOptions { edge: false, moving_max, ..StackOptions::of(4) };
        let stack = Stack::start(options).await.unwrap();
        let client = Client::builder().no_proxy().build().unwrap();
        // The first node made the cluster, and most likely leads its consensus.
        let mortal = stack.nodes()[0].id().clone();
        Self { stack, client, mortal }
    }

    fn running(&self) -> impl Iterator<Item = &Node> {
        self.stack.nodes().iter().filter(|node| node.pid().is_some())
    }

    fn survivor(&self) -> &Node {
        self.running().find(|node| *node.id() != self.mortal).unwrap()
    }

    async fn put(&self, number: usize, value: &str) {
        let put = self.client.put(url(self.survivor(), number, "")).body(value.to_owned());
        assert!(put.send().await.unwrap().status().is_success(), "{number}");
    }

    /// Every third key is there as at first, one was written anew meanwhile, and one deleted.
    fn expected(number: usize) -> Option<&'static str> {
        [Some("before"), Some("meanwhile"), None][number % 3]
    }

    /// The first key of which `node` has something else, asked with `query`.
    async fn first_wrong(&self, node: &Node, query: &str) -> Option<String> {
        for number in 0..KEYS {
            let got = self.client.get(url(node, number, query)).send().await.unwrap();
            let (status, body) = (got.status(), got.text().await.unwrap());
            let is_right = match Self::expected(number) {
                Some(value) => status == StatusCode::OK && body == value,
                None => status == StatusCode::NOT_FOUND,
            };
            if !is_right {
                return Some(format!("{number} at {}: {status} {body}", node.id()));
            }
        }
        None
    }

    /// That every key is what it should be, whichever node is asked.
    async fn assert_all_right(&self) {
        for node in self.running() {
            assert_eq!(self.first_wrong(node, "").await, None);
        }
    }

    async fn fetch(&self, node: &Node, path: &str) -> Vec<u8> {
        let answer = self.client.get(format!("{}{path}", node.url())).send().await.unwrap();
        answer.bytes().await.unwrap().to_vec()
    }

    async fn view(&self, node: &Node) -> View {
        View::from_json(&self.fetch(node, "/ring").await).unwrap()
    }

    async fn status(&self) -> Value {
        serde_json::from_slice(&self.fetch(self.survivor(), "/ring/status").await).unwrap()
    }

    /// Returns once every node that runs tells clients that the mortal one is `health`.
    async fn is_known_to_be(&self, health: Health) {
        for node in self.running() {
            let is_so = async || self.view(node).await.node(&self.mortal).unwrap().health == health;
            assert!(wait::until(PATIENCE, is_so).await, "{} does not know it", node.id());
        }
    }

    /// Returns once the mortal one holds nothing any more, by what the others have agreed on.
    async fn is_replaced(&self) {
        let mut status = Value::Null;
        let is_replaced = wait::until(PATIENCE, async || {
            status = self.status().await;
            status["members"][self.mortal.as_str()]["state"] == "spare"
                && status["partitions_left"] == 0
        });
        assert!(is_replaced.await, "{status}");
    }

    /// Returns once `node` has what it should hold, and no more.
    async fn holds(&self, node: &Node, keys: usize) {
        let mut found = [None; 3];
        let is_so = wait::until(PATIENCE, async || {
            let names = ["keys", "replication_unchecked", "replication_behind"];
            for (found, name) in found.iter_mut().zip(names) {
                *found = node.metric(&format!("ringway_{name}")).await;
            }
            found == [Some(keys as u64), Some(0), Some(0)]
        });
        assert!(is_so.await, "{} has {found:?}, not {keys} keys", node.id());
    }
}

#[tokio::test]
async fn what_a_dead_node_held_goes_to_others_and_nothing_old_comes_back_with_it() {
    let mut it = Four::start().await;
    let mortal = it.mortal.clone();
    for number in 0..KEYS {
        it.put(number, "before").await;
    }
    it.stack.kill(&mortal);
    it.is_known_to_be(Health::Down).await;
    // That moves nothing, as long as it may come back.
    assert!(held(&it.view(it.survivor()).await).contains_key(mortal.as_str()));
    for number in 0..KEYS {
        match Four::expected(number) {
            None => {
                let delete = it.client.delete(url(it.survivor(), number, "")).send().await;
                assert_eq!(delete.unwrap().status(), StatusCode::OK);
            }
            Some("before") => {}
            Some(value) => it.put(number, value).await,
        }
    }

    let settings = it.client.post(format!("{}/ring/settings", it.survivor().url()));
    let settings = settings.body(json!({ "grace_seconds": 1 }).to_string());
    settings.send().await.unwrap().error_for_status().unwrap();
    it.is_replaced().await;
    let view = it.view(it.survivor()).await;
    let partitions = view.assignment().partitions();
    assert!(partitions.iter().all(|partition| view.preference_list(partition).count() == 3));
    assert!(!held(&view).contains_key(mortal.as_str()));
    it.assert_all_right().await;
    // No copy is missing: with three nodes left each has every key.
    for node in it.running() {
        it.holds(node, KEYS - KEYS / 3).await;
        assert_eq!(it.first_wrong(node, "?consistency=one").await, None);
    }

    it.stack.restart(&mortal).await.unwrap();
    it.is_known_to_be(Health::Up).await;
    it.stack.settle().await.unwrap();
    it.is_replaced().await;
    // What it has from before is of no use to anybody.
    it.holds(it.stack.node(&mortal), 0).await;
    it.assert_all_right().await;
    it.stack.change(&RingChange::adding(&[mortal])).await.unwrap();
    it.assert_all_right().await;
    assert!(it.stack.take_ended().is_empty(), "no node ends by itself");
}
