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
#[path = "support/holdings.rs"]
mod holdings;
#[path = "../../replica/tests/simulation/model.rs"]
mod model;
#[path = "../../replica/tests/simulation/random.rs"]
#[expect(dead_code, reason = "the simulator draws more kinds of numbers")]
mod random;
#[path = "support/record.rs"]
mod record;
#[path = "support/request.rs"]
mod request;
#[path = "support/ring_api.rs"]
mod ring_api;
#[path = "support/workload.rs"]
mod workload;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU16;
use std::ops::Range;
use std::time::{Duration, UNIX_EPOCH};

use history::{Ask, Told};
use holdings::{held, moved};
use reqwest::Client;
use ring_api::{plan, status, to_receive};
use ringway_ring::{NodeId, View};
use serde_json::{Value, json};
use workload::Workload;
use xtask::stack::{RingChange, Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_mins(1);
/// How many keys the clients use at a time.
const KEYS: u64 = 1024;
/// How many keys nobody changes, and how long their values are: what a change copies.
const STILL_KEYS: u64 = 256;
const STILL_BYTES: usize = 16 << 10;
/// How many operations are answered between two steps.
const CALM: u64 = 300;
/// How many are answered while the ring changes, each time: enough that a thousandth of the writes
/// is more than what the clients happen to have under way where a node is killed.
const ENOUGH: u64 = 12_000;

/// How many partitions move at once while nodes are killed.
const KILLING: u16 = 256;
/// While one that was killed comes back, and while operations are still too few: each change is
/// under way long enough for two deaths, and for as many operations as it takes.
const SLOW: u16 = 16;
/// Once all of that has happened.
const QUICK: u16 = 512;

fn id(name: &str) -> NodeId {
    name.parse().unwrap()
}

fn ids(names: &[&str]) -> Vec<NodeId> {
    names.iter().map(|name| id(name)).collect()
}

async fn set_pace(stack: &Stack, moving_max: u16) {
    stack.set_moving_max(NonZeroU16::new(moving_max).unwrap()).await.unwrap();
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

/// Kills `id` while partitions move, and starts it again after a while. Returns once it has
/// caught up: with three copies of a key only one may be away at a time.
async fn kill_on_the_way(stack: &mut Stack, load: &Workload, id: &NodeId) {
    set_pace(stack, KILLING).await;
    let moves = async || status(stack).await["moving"].as_u64().is_some_and(|moving| moving > 0);
    assert!(wait::until(PATIENCE, moves).await, "nothing moves: {}", status(stack).await);
    println!("kill {id}");
    stack.kill(id);
    let left = status(stack).await;
    assert_ne!(left["partitions_left"], 0, "{id} was killed too late");
    set_pace(stack, SLOW).await;
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

/// That `nodes` hold as much as each other and are first as often, to one partition.
fn assert_balanced(view: &View, nodes: &[&str]) {
    let replicas = held(view).into_iter().map(|(id, held)| (id, held.len())).collect();
    let mut primaries: BTreeMap<String, usize> = BTreeMap::new();
    for partition in view.assignment().partitions().iter() {
        let first = view.preference_list(partition).next().unwrap();
        *primaries.entry(first.id.to_string()).or_default() += 1;
    }
    for counts in [replicas, primaries] {
        assert_eq!(counts.keys().collect::<Vec<_>>(), nodes);
        let (all, nodes) = (counts.values().sum::<usize>(), counts.len());
        let is_due = |count: &usize| (count * nodes).abs_diff(all) <= nodes;
        assert!(counts.values().all(is_due), "{counts:?}");
    }
}

/// How many bytes each node has copied since its start of partitions that moved.
async fn copied(stack: &Stack) -> BTreeMap<NodeId, u64> {
    let mut copied = BTreeMap::new();
    for node in stack.nodes() {
        let bytes = node.metric("ringway_replication_handed_off_bytes_total").await.unwrap();
        copied.insert(node.id().clone(), bytes);
    }
    copied
}

/// Stores what nobody changes, and returns once each has its three copies.
async fn store_still_keys(stack: &Stack) {
    let client = Client::builder().no_proxy().build().unwrap();
    for key in 0..STILL_KEYS {
        let put = client.put(format!("{}/kv/still/{key}", stack.edge().url()));
        let put = put.body(vec![b's'; STILL_BYTES]).send().await.unwrap();
        put.error_for_status().unwrap();
    }
    let mut stored = 0;
    let is_stored = wait::until(PATIENCE, async || {
        stored = 0;
        for node in stack.nodes() {
            stored += node.metric("ringway_keys").await.unwrap_or_default();
        }
        // Besides these there is what the stack itself has looked by.
        stored >= 3 * STILL_KEYS
    });
    assert!(is_stored.await, "only {stored} copies");
}

/// Makes `change`; on its way `mortal` dies and then who leads the consensus, and each comes back.
/// It is balanced and moves what was planned: as many vnodes, and as many bytes to each node, but
/// for those that have died, which may copy again what they had. Tells from when to when it was
/// under way.
async fn change_among_deaths(
    stack: &mut Stack,
    load: &Workload,
    change: &RingChange,
    mortal: &str,
) -> Range<u64> {
    let planned = plan(stack, change).await;
    let (before, mut copied_before) = (stack.view().await.unwrap(), copied(stack).await);
    let (from, answered) = (load.now(), load.answered());
    stack.begin_change(change).await.unwrap();
    let some_arrived =
        async || status(stack).await["partitions_left"].as_u64() < planned["lists"].as_u64();
    assert!(wait::until(PATIENCE, some_arrived).await, "{planned}");
    let mortal = id(mortal);
    kill_on_the_way(stack, load, &mortal).await;
    let leads = leader(stack).await;
    kill_on_the_way(stack, load, &leads).await;
    let so_far = load.answered() - answered;
    load.progress(ENOUGH.saturating_sub(so_far)).await;
    assert_ne!(status(stack).await["partitions_left"], 0, "too few operations on the way");
    set_pace(stack, QUICK).await;
    stack.settle().await.unwrap();
    let until = load.now();
    println!("{} operations while the ring changed", load.answered() - answered);

    assert_eq!(planned["vnodes"], json!(moved(&before, &stack.view().await.unwrap())));
    let (due, clients) = (to_receive(&planned), load.written_bytes());
    let died = BTreeSet::from([mortal, leads]);
    copied_before.retain(|id, _| !died.contains(id));
    for (id, bytes) in copied(stack).await {
        let bytes = bytes - copied_before.get(&id).copied().unwrap_or_default();
        let due = due.get(id.as_str()).copied().unwrap_or_default();
        println!("{id} copied {bytes} of {due} bytes");
        // What clients write meanwhile may be copied too, or else is sent with the write.
        assert!(bytes <= due + clients, "{id} copied {bytes} of {due}, clients wrote {clients}");
        let has_all = bytes + clients >= due;
        assert!(has_all || died.contains(&id), "{id} copied {bytes} of {due}");
    }
    from..until
}

#[tokio::test]
async fn five_nodes_become_eight_and_then_four_and_no_client_is_told_anything_wrong() {
    let seed = UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let options = StackOptions { haproxy: true, ..StackOptions::of(5) };
    let mut stack = Stack::start(options).await.unwrap();
    store_still_keys(&stack).await;
    let load = Workload::start(vec![stack.edge().url(), stack.haproxy().url()], KEYS, seed);
    load.progress(CALM).await;

    let new = StackOptions::of(8).members.split_off(5);
    stack.join(new).await.unwrap();
    let change = RingChange::adding(&ids(&["n6", "n7", "n8"]));
    let growing = change_among_deaths(&mut stack, &load, &change, "n6").await;
    let eight = stack.view().await.unwrap();
    assert_balanced(&eight, &["n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"]);
    load.progress(CALM).await;

    let gone = ids(&["n1", "n3", "n6", "n8"]);
    let change = RingChange::removing(&gone);
    let emptying = change_among_deaths(&mut stack, &load, &change, "n3").await;
    assert_balanced(&stack.view().await.unwrap(), &["n2", "n4", "n5", "n7"]);
    for gone in gone {
        stack.remove(&gone);
    }
    load.progress(CALM).await;

    let record = load.end().await;
    record.assert_linearizable();
    let unknown = record.count(|told| matches!(told, Told::Unknown)) as u64;
    let meanwhile = record.operations().filter(|operation| {
        let is_write = operation.ask != Ask::Read;
        is_write && [&growing, &emptying].iter().any(|it| it.contains(&operation.from))
    });
    let writes = meanwhile.count() as u64 + record.not_applied;
    println!("{writes} writes meanwhile, {unknown} unknown, {} not applied", record.not_applied);
    assert!(1000 * (unknown + record.not_applied) < writes, "one write in a thousand may fail");
    assert!(stack.take_ended().is_empty(), "no node ends by itself");
}
