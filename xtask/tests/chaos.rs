//! Five nodes and Envoy under load, while one node after the other is killed or stopped, with TLS
//! between the nodes and without: no read fails, and what the clients are told is linearizable, so
//! no acknowledged write is lost.
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
#[expect(dead_code, reason = "where the ring changes, more is asked of it")]
mod workload;

use std::env;
use std::time::{Duration, UNIX_EPOCH};

use history::Told;
use random::Random;
use ringway_ring::NodeId;
use workload::Workload;
use xtask::stack::{Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_secs(30);
/// With three copies over five nodes any two nodes share a preference list, so only one
/// may be away at a time.
const NODES: u16 = 5;
const FAULTS: u64 = 4;
/// So few that clients meet at each.
const KEYS: u64 = 48;
/// How many operations are answered between two changes of anything.
const CALM: u64 = 400;
/// How many are answered while a node is stopped. Few, since each that meets it has to be
/// given up by the edge or by the client first.
const STOPPED: u64 = 120;

/// What the faults are drawn from: another one in each run, unless it is named.
fn seed() -> u64 {
    match env::var("RINGWAY_CHAOS_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64,
    }
}

/// Whether the node leads again what it should lead, and knows of nothing that it misses.
async fn is_well(stack: &Stack, id: &NodeId) -> bool {
    let node = stack.node(id);
    let led = node.metric("ringway_replication_led").await;
    let behind = node.metric("ringway_replication_behind").await;
    let unchecked = node.metric("ringway_replication_unchecked").await;
    led.is_some_and(|led| led > 0) && unchecked == Some(0) && behind == Some(0)
}

#[tokio::test]
async fn nodes_die_and_stop_and_no_client_is_told_anything_wrong() {
    let seed = seed();
    // Shown where the test fails.
    println!("RINGWAY_CHAOS_SEED={seed} repeats these faults");
    let mut random = Random::new(seed);
    for peer_tls in [false, true] {
        println!("TLS between nodes: {peer_tls}");
        faults(&mut random, peer_tls, seed).await;
    }
}

async fn faults(random: &mut Random, peer_tls: bool, seed: u64) {
    let mut stack =
        Stack::start(StackOptions { peer_tls, ..StackOptions::of(NODES) }).await.unwrap();
    let ids: Vec<_> = stack.nodes().iter().map(|node| node.id().clone()).collect();
    let load = Workload::start(vec![stack.edge().url()], KEYS, seed);
    load.progress(CALM).await;
    for _ in 0..FAULTS {
        let id = random.pick(&ids);
        if random.percent(60) {
            println!("kill {id}");
            stack.kill(id);
            load.progress(CALM).await;
            stack.restart(id).await.unwrap();
        } else {
            println!("stop {id}");
            stack.signal(id, "STOP");
            load.progress(STOPPED).await;
            stack.signal(id, "CONT");
        }
        load.progress(CALM).await;
        assert!(wait::until(PATIENCE, async || is_well(&stack, id).await).await, "{id} is unwell");
    }
    let record = load.end().await;
    record.assert_linearizable();
    assert!(stack.take_ended().is_empty(), "no node ends by itself");

    // A workload in which nothing happens proves nothing.
    let met = [
        record.count(|told| matches!(told, Told::Found { .. })),
        record.count(|told| matches!(told, Told::NotFound)),
        record.count(|told| matches!(told, Told::Written { .. })),
        record.count(|told| matches!(told, Told::Deleted)),
        record.count(|told| matches!(told, Told::ConditionFailed { .. })),
    ];
    println!("{met:?}, {} not applied", record.not_applied);
    assert!(met.iter().all(|&count| count > 25), "{met:?}");
}
