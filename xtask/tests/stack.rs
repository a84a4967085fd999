//! The rig itself: what kills and restarts do to nodes, and what they leave alone.
#![allow(clippy::unwrap_used, reason = "a failed expectation may panic where it stands")]

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use ringway_ring::{Key, NodeId, View, Weight};
use xtask::stack::{RingChange, Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_mins(1);

/// A key whose primary is `id`.
fn key_of(view: &View, id: &NodeId) -> String {
    let is_primary = |key: &String| *primary(view, key) == *id;
    (0..1_000).map(|number| format!("key-{number}")).find(is_primary).unwrap()
}

fn primary<'a>(view: &'a View, key: &str) -> &'a NodeId {
    let partition = view.partition(Key::new(key).unwrap().position());
    &view.preference_list(partition).next().unwrap().id
}

struct Edge {
    url: String,
    client: Client,
}

impl Edge {
    fn of(stack: &Stack) -> Self {
        let client = Client::builder().no_proxy().build().unwrap();
        Self { url: stack.edge().url(), client }
    }

    async fn put(&self, key: &str, value: &str) -> StatusCode {
        let put = self.client.put(format!("{}/kv/{key}", self.url));
        put.body(value.to_owned()).send().await.unwrap().status()
    }

    async fn get(&self, key: &str) -> (StatusCode, String, String) {
        let response = self.client.get(format!("{}/kv/{key}", self.url)).send().await.unwrap();
        let node = response.headers().get("x-ringway-node");
        let node = node.map(|id| id.to_str().unwrap().to_owned()).unwrap_or_default();
        (response.status(), node, response.text().await.unwrap())
    }
}

#[tokio::test]
async fn a_killed_node_is_stood_in_for_and_serves_again_when_it_is_back() {
    let mut stack = Stack::start(StackOptions::of(3)).await.unwrap();
    let view = stack.view().await.unwrap();
    let edge = Edge::of(&stack);
    let ids: Vec<_> = view.nodes().iter().map(|node| node.id.clone()).collect();
    let keys: Vec<_> = ids.iter().map(|id| key_of(&view, id)).collect();
    for key in &keys {
        assert_eq!(edge.put(key, key).await, StatusCode::CREATED);
    }
    let found = |place: usize| (StatusCode::OK, ids[place].to_string(), keys[place].clone());

    stack.kill(&ids[0]);
    assert_eq!(edge.get(&keys[1]).await, found(1));
    assert_eq!(edge.get(&keys[2]).await, found(2));
    // The next on the list has it too, and takes what is new.
    let (status, node, value) = edge.get(&keys[0]).await;
    assert_eq!((status, &value), (StatusCode::OK, &keys[0]));
    assert_ne!(node, ids[0].to_string());
    assert_eq!(edge.put(&keys[0], "new").await, StatusCode::OK);

    stack.restart(&ids[0]).await.unwrap();
    // It is listed first again when it has caught up, where it was missed at all.
    let new = (StatusCode::OK, ids[0].to_string(), "new".to_owned());
    let leads = wait::until(PATIENCE, async || edge.get(&keys[0]).await == new);
    assert!(leads.await, "{:?}", edge.get(&keys[0]).await);
    assert_eq!(stack.view().await.unwrap().assignment(), view.assignment());
}

#[tokio::test]
async fn a_ring_can_be_changed() {
    let mut stack = Stack::start(StackOptions::of(2)).await.unwrap();
    let before = stack.view().await.unwrap();
    let envoy = stack.edge().pid();
    let mut new = StackOptions::of(3).members.pop().unwrap();
    new.weight = Weight::new(4).unwrap();
    stack.join(vec![new.clone()]).await.unwrap();
    stack.change(&RingChange::adding(std::slice::from_ref(&new.id))).await.unwrap();
    let after = stack.view().await.unwrap();
    assert_eq!(after.nodes().len(), 3);
    assert_eq!(after.nodes()[2].weight.get(), 4);
    assert_eq!(after.nodes()[..2], *before.nodes(), "they stay where they were");
    assert_eq!(after.assignment().list_length(), 3);
    assert_eq!(stack.edge().pid(), envoy);
}

#[tokio::test]
async fn nothing_is_left_of_a_dropped_stack() {
    let mut stack =
        Stack::start(StackOptions { edge: false, ..StackOptions::of(2) }).await.unwrap();
    let processes: Vec<_> = stack.nodes().iter().map(|node| node.pid().unwrap()).collect();
    let left = |pid: &u32| PathBuf::from(format!("/proc/{pid}")).exists();
    assert!(processes.iter().all(left));
    let directory = stack.directory().to_owned();
    // A stopped process can't end by itself: this one has to be killed.
    let id = stack.nodes()[0].id().clone();
    stack.signal(&id, "STOP");
    drop(stack);
    assert!(!processes.iter().any(left));
    assert!(fs::metadata(directory).is_err());
}
