//! Five nodes become eight, and eight become four, under load through Envoy and HAProxy at
//! once, while nodes die on the way: one that is being added, one that is being removed, and
//! twice the one that leads the consensus. No read fails, and what the clients are told is
//! linearizable, whichever edge they ask.
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

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;
use std::time::{Duration, UNIX_EPOCH};

use history::Told;
use reqwest::Client;
use ringway_ring::{NodeId, Partition, View};
use serde_json::{Value, json};
use workload::Workload;
use xtask::stack::{RingChange, Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_mins(1);
/// How many operations are answered between two steps.
const CALM: u64 = 300;
/// How many are answered at the end: enough that a thousandth of the writes is more than what
/// the clients happen to have under way where a node is killed.
const ENOUGH: u64 = 20_000;

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

/// What a node that runs says under `/ring/status`.
async fn status(stack: &Stack) -> Value {
    let client = Client::builder().no_proxy().build().unwrap();
    let node = stack.nodes().iter().find(|node| node.pid().is_some()).unwrap();
    let answer = client.get(format!("{}/ring/status", node.url())).send().await.unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

/// Begins to change the ring, and says how many vnodes the nodes have planned to move. Returns once
/// some have arrived.
async fn begin_change(stack: &Stack, add: &[&str], remove: &[&str]) -> usize {
    let client = Client::builder().no_proxy().build().unwrap();
    let body = json!({ "add": add, "remove": remove }).to_string();
    let plan = client.post(format!("{}/ring/plan", stack.nodes()[0].url())).body(body);
    let plan = plan.send().await.unwrap().bytes().await.unwrap();
    let plan: Value = serde_json::from_slice(&plan).unwrap();
    let change = RingChange { add: ids(add), remove: ids(remove), ..RingChange::default() };
    stack.begin_change(&change).await.unwrap();
    let some_arrived =
        async || status(stack).await["partitions_left"].as_u64() < plan["lists"].as_u64();
    assert!(wait::until(PATIENCE, some_arrived).await, "{plan}");
    usize::try_from(plan["vnodes"].as_u64().unwrap()).unwrap()
}

/// How many vnodes `after` has that `before` had not.
fn moved(before: &View, after: &View) -> usize {
    let before = held(before);
    let new = |(id, held): (&String, &BTreeSet<Partition>)| {
        before.get(id).map_or(held.len(), |before| held.difference(before).count())
    };
    held(after).iter().map(new).sum()
}

/// Kills `id` while the ring changes, and starts it again after a while. Returns once it has
/// caught up: with three copies of a key only one may be away at a time.
async fn kill_on_the_way(stack: &mut Stack, load: &Workload, id: &NodeId) {
    println!("kill {id}");
    stack.kill(id);
    let status = status(stack).await;
    assert_ne!(status["partitions_left"], 0, "{id} was killed too late");
    load.progress(CALM).await;
    stack.restart(id).await.unwrap();
    load.progress(CALM).await;
    let mut state = String::new();
    let is_well = wait::until(PATIENCE, async || {
        state = state_of(stack, id).await;
        state == WELL
    });
    assert!(is_well.await, "{id} has not caught up: {state}");
}

/// What `state_of` says of a node that is as it should be.
const WELL: &str = "well";

/// Whether the node `id` reaches all others, is known to be up, and knows of nothing that it
/// misses; or what is in the way of that.
async fn state_of(stack: &Stack, id: &NodeId) -> String {
    let node = stack.node(id);
    let others = stack.nodes().len() as u64 - 1;
    for (metric, expected) in [
        ("ringway_peers_connected", others),
        ("ringway_replication_unchecked", 0),
        ("ringway_replication_behind", 0),
    ] {
        let found = node.metric(metric).await;
        if found != Some(expected) {
            return format!("{metric} is {found:?}, not {expected}");
        }
    }
    let client = Client::builder().no_proxy().build().unwrap();
    let Ok(answer) = client.get(format!("{}/ring/status", node.url())).send().await else {
        return "it does not tell the ring's state".to_owned();
    };
    let status: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    match &status["members"][id.as_str()]["health"] {
        health if health == "up" => WELL.to_owned(),
        _ => format!("not known to be up: {status}"),
    }
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

/// That `nodes` hold as much as each other, to one vnode.
fn assert_balanced(view: &View, nodes: &[&str]) {
    let held = held(view);
    assert_eq!(held.keys().collect::<Vec<_>>(), nodes);
    let share = held.values().map(BTreeSet::len).sum::<usize>() / nodes.len();
    let counts: Vec<_> = held.values().map(BTreeSet::len).collect();
    assert!(counts.iter().all(|count| count.abs_diff(share) <= 1), "{counts:?}");
}

#[tokio::test]
async fn five_nodes_become_eight_and_then_four_and_no_client_is_told_anything_wrong() {
    let seed = UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    // So few at once that each change is under way long enough for two deaths.
    let moving_max = NonZeroU16::new(256);
    let options = StackOptions { haproxy: true, moving_max, ..StackOptions::of(5) };
    let mut stack = Stack::start(options).await.unwrap();
    let load = Workload::start(vec![stack.edge().url(), stack.haproxy().url()], seed);
    load.progress(CALM).await;

    let new = StackOptions::of(8).members.split_off(5);
    stack.join(new).await.unwrap();
    let five = stack.view().await.unwrap();
    let planned = begin_change(&stack, &["n6", "n7", "n8"], &[]).await;
    kill_on_the_way(&mut stack, &load, &id("n6")).await;
    let leads = leader(&stack).await;
    kill_on_the_way(&mut stack, &load, &leads).await;
    stack.settle().await.unwrap();
    let eight = stack.view().await.unwrap();
    assert_balanced(&eight, &["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"]);
    assert_eq!(moved(&five, &eight), planned);
    load.progress(CALM).await;

    let planned = begin_change(&stack, &[], &["n1", "n3", "n6", "n8"]).await;
    kill_on_the_way(&mut stack, &load, &id("n3")).await;
    let leads = leader(&stack).await;
    kill_on_the_way(&mut stack, &load, &leads).await;
    stack.settle().await.unwrap();
    let four = stack.view().await.unwrap();
    assert_balanced(&four, &["n2", "n4", "n5", "n7"]);
    assert_eq!(moved(&eight, &four), planned);
    for gone in ids(&["n1", "n3", "n6", "n8"]) {
        stack.remove(&gone);
    }
    load.progress(ENOUGH).await;

    let record = load.end().await;
    record.assert_linearizable();
    let unknown = record.count(|told| matches!(told, Told::Unknown)) as u64;
    let written = record.count(|told| matches!(told, Told::Written { .. })) as u64;
    println!("{written} written, {unknown} unknown, {} not applied", record.not_applied);
    assert!(1000 * (unknown + record.not_applied) < written, "one write in a thousand may fail");
    assert!(stack.take_ended().is_empty(), "no node ends by itself");
}
