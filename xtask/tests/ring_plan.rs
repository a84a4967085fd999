//! A change of the ring that nothing disturbs moves and copies what its plan said, to the
//! byte.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Client;
use ringway_ring::{NodeId, Partition, View};
use serde_json::{Value, json};
use xtask::stack::{RingChange, Stack, StackOptions};

fn ids(names: &[&str]) -> Vec<NodeId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

/// The partitions that each node holds.
fn held(view: &View) -> BTreeMap<String, BTreeSet<Partition>> {
    let mut held: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for partition in view.assignment().partitions().iter() {
        for node in view.preference_list(partition) {
            held.entry(node.id.to_string()).or_default().insert(partition);
        }
    }
    held
}

/// Whatever the first of the stack's nodes tells at `path`.
async fn told(stack: &Stack, client: &Client, path: &str) -> Value {
    let url = format!("{}{path}", stack.nodes()[0].url());
    let answer = client.get(url).send().await.unwrap().error_for_status().unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_change_moves_and_copies_what_its_plan_said() {
    let mut stack =
        Stack::start(StackOptions { edge: false, ..StackOptions::of(4) }).await.unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let url = stack.nodes()[0].url();
    for number in 0..400 {
        let value = vec![b'v'; 7 * number];
        let put = client.put(format!("{url}/kv/planned/{number}")).body(value);
        put.send().await.unwrap().error_for_status().unwrap();
    }
    stack.join(StackOptions::of(6).members.split_off(4)).await.unwrap();

    let change = RingChange { remove: ids(&["n2"]), ..RingChange::adding(&ids(&["n5", "n6"])) };
    let body = json!({ "add": change.add, "remove": change.remove }).to_string();
    let planned = client.post(format!("{url}/ring/plan")).body(body).send().await.unwrap();
    let planned: Value = serde_json::from_slice(&planned.bytes().await.unwrap()).unwrap();
    let (before, status) =
        (stack.view().await.unwrap(), told(&stack, &client, "/ring/status").await);
    stack.change(&change).await.unwrap();
    let after = stack.view().await.unwrap();

    let before = held(&before);
    let is_new = |(node, held): (&String, &BTreeSet<Partition>)| {
        held.difference(before.get(node).unwrap_or(&BTreeSet::new())).count()
    };
    let moved: usize = held(&after).iter().map(is_new).sum();
    assert_eq!(planned["vnodes"], json!(moved));
    let handed_off = |status: &Value| status["handed_off_bytes"].as_u64().unwrap();
    let now = told(&stack, &client, "/ring/status").await;
    assert_eq!(planned["bytes"], json!(handed_off(&now) - handed_off(&status)));
    assert!(planned["bytes"].as_u64().unwrap() > 100_000, "{planned}");
}
