//! Five nodes become eight, and eight become four, under load through Envoy, while nodes die
//! on the way: one that is being added, one that is being removed, and twice the one that
//! leads the consensus. No read fails, and what the clients are told is linearizable.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a failed expectation may panic where it stands"
)]

#[path = "../../replica/tests/simulation/checker.rs"]
mod checker;
#[path = "../../replica/tests/simulation/history.rs"]
mod history;
#[path = "../../replica/tests/simulation/model.rs"]
mod model;
#[path = "../../replica/tests/simulation/random.rs"]
#[expect(dead_code, reason = "the simulator draws more kinds of numbers")]
mod random;
#[path = "support/record.rs"]
mod record;
#[path = "support/request.rs"]
mod request;
#[path = "support/workload.rs"]
mod workload;

use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use history::Told;
use ringway_ring::{NodeId, View};
use workload::Workload;
use xtask::stack::{RingChange, Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_mins(1);
/// How many operations are answered between two steps.
const CALM: u64 = 300;

fn id(name: &str) -> NodeId {
    name.parse().unwrap()
}

fn ids(names: &[&str]) -> Vec<NodeId> {
    names.iter().map(|name| id(name)).collect()
}

/// The node that leads the consensus.
async fn leader(stack: &Stack) -> NodeId {
    let mut found = None;
    let leads = async || {
        for node in stack.nodes().iter().filter(|node| node.pid().is_some()) {
            if node.metric("ringway_consensus_is_leader").await == Some(1) {
                found = Some(node.id().clone());
            }
        }
        found.is_some()
    };
    assert!(wait::until(PATIENCE, leads).await, "nobody leads the consensus");
    found.unwrap()
}

/// Kills `id` while the ring changes, and starts it again after a while.
async fn kill_on_the_way(stack: &mut Stack, load: &Workload, id: &NodeId) {
    println!("kill {id}");
    stack.kill(id);
    load.progress(CALM).await;
    stack.restart(id).await.unwrap();
    load.progress(CALM).await;
}

/// How many partitions each node holds.
fn held(view: &View) -> BTreeMap<String, usize> {
    let mut held = BTreeMap::new();
    for partition in view.assignment().partitions().iter() {
        for node in view.preference_list(partition) {
            *held.entry(node.id.to_string()).or_default() += 1;
        }
    }
    held
}

#[tokio::test]
async fn five_nodes_become_eight_and_then_four_and_no_client_is_told_anything_wrong() {
    let seed = UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let mut stack = Stack::start(StackOptions::of(5)).await.unwrap();
    let load = Workload::start(stack.edge().url(), seed);
    load.progress(CALM).await;

    let new = StackOptions::of(8).members.split_off(5);
    stack.join(new).await.unwrap();
    stack.begin_change(&RingChange::adding(&ids(&["n6", "n7", "n8"]))).await.unwrap();
    kill_on_the_way(&mut stack, &load, &id("n6")).await;
    let leads = leader(&stack).await;
    kill_on_the_way(&mut stack, &load, &leads).await;
    stack.settle().await.unwrap();
    let held_by_eight = held(&stack.view().await.unwrap());
    assert_eq!(held_by_eight.len(), 8);
    assert!(held_by_eight.values().all(|count| count.abs_diff(1536) <= 1), "{held_by_eight:?}");
    load.progress(CALM).await;

    stack.begin_change(&RingChange::removing(&ids(&["n1", "n3", "n6", "n8"]))).await.unwrap();
    kill_on_the_way(&mut stack, &load, &id("n3")).await;
    let leads = leader(&stack).await;
    kill_on_the_way(&mut stack, &load, &leads).await;
    stack.settle().await.unwrap();
    let held_by_four = held(&stack.view().await.unwrap());
    assert_eq!(held_by_four.keys().collect::<Vec<_>>(), ["n2", "n4", "n5", "n7"]);
    assert!(held_by_four.values().all(|count| count.abs_diff(3072) <= 1), "{held_by_four:?}");
    for gone in ids(&["n1", "n3", "n6", "n8"]) {
        stack.remove(&gone);
    }
    load.progress(CALM).await;

    let record = load.end().await;
    record.assert_linearizable();
    let unknown = record.count(|told| matches!(told, Told::Unknown));
    let written = record.count(|told| matches!(told, Told::Written { .. }));
    println!("{written} written, {unknown} unknown, {} not applied", record.not_applied);
    assert!(written > 500, "a workload in which nothing happens proves nothing: {written}");
    assert!(stack.take_ended().is_empty(), "no node ends by itself");
}
