//! Five nodes, two of which lose the other three: each key is served on the side that has a
//! majority of its copies and on no other, the larger side changes the ring meanwhile, and
//! when the network heals nothing is lost and all copies are alike.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

#[path = "../../replica/tests/simulation/checker.rs"]
mod checker;
#[path = "support/clients.rs"]
mod clients;
#[path = "../../replica/tests/simulation/history.rs"]
mod history;
#[path = "../../replica/tests/simulation/model.rs"]
mod model;
#[path = "support/own_network.rs"]
mod own_network;
#[path = "support/record.rs"]
mod record;
#[path = "support/request.rs"]
mod request;
#[path = "support/routed_hosts.rs"]
mod routed_hosts;

use std::sync::Arc;
use std::time::Duration;

use clients::{Clients, Place};
use history::Told;
use reqwest::StatusCode;
use ringway_ring::{Key, NodeId, View};
use routed_hosts::RoutedHosts;
use serde_json::{Value, json};
use xtask::stack::{Stack, StackOptions};
use xtask::wait;

/// The places of the nodes that lose the others, and of those others.
const FEW: [Place; 2] = [0, 1];
const MANY: [Place; 3] = [2, 3, 4];
const ALL: [Place; 5] = [0, 1, 2, 3, 4];
const KEYS: usize = 60;
const PATIENCE: Duration = Duration::from_mins(1);

/// Keys by where a majority of their copies is.
struct Keys {
    few: Vec<String>,
    many: Vec<String>,
}

impl Keys {
    fn new(view: &View, ids: &[NodeId]) -> Self {
        let is_of_few = |key: &String| {
            FEW.iter().filter(|&&place| holders(view, key).contains(&ids[place])).count() == 2
        };
        let (few, many) = (0..KEYS).map(|number| format!("key-{number}")).partition(is_of_few);
        Self { few, many }
    }

    fn all(&self) -> Vec<String> {
        self.few.iter().chain(&self.many).cloned().collect()
    }
}

/// Who holds `key`.
fn holders(view: &View, key: &str) -> Vec<NodeId> {
    let partition = view.partition(Key::new(key).unwrap().position());
    view.preference_list(partition).map(|node| node.id.clone()).collect()
}

#[tokio::test]
async fn two_halves_serve_what_they_have_a_majority_of_and_are_one_again() {
    let test = "two_halves_serve_what_they_have_a_majority_of_and_are_one_again";
    if !own_network::is_entered(test).await {
        return;
    }
    let mut network = RoutedHosts::lay(5);
    let options = StackOptions { edge: false, hosts: network.hosts(), ..StackOptions::of(5) };
    let mut stack = Stack::start(options).await.unwrap();
    let view = stack.view().await.unwrap();
    let ids: Vec<_> = stack.nodes().iter().map(|node| node.id().clone()).collect();
    let keys = Keys::new(&view, &ids);
    assert!(keys.few.len() > 5 && keys.many.len() > 5, "both sides have keys");
    let clients = Clients::of(&stack);
    clients.are_served(&ALL, &keys.all()).await;

    network.cut(&FEW, &MANY);
    tokio::join!(
        few_go_on(&clients, &keys, &view),
        few_decide_nothing(&clients),
        many_go_on(&clients, &keys, &view),
    );
    network.heal();

    stack.settle().await.unwrap();
    assert_caught_up(&stack).await;
    let view = stack.view().await.unwrap();
    assert!(view.moving().is_empty());
    for place in ALL {
        let settings = clients.fetch(place, "/ring/settings").await;
        let settings: Value = serde_json::from_slice(&settings).unwrap();
        assert_eq!(settings["grace_seconds"], 900, "at {}", clients.id(place));
    }
    // Before anything is written again, which would hide what was lost.
    clients.look(&ALL, &keys.all()).await;
    assert_copies_are_alike(&clients, &view, &keys.all()).await;
    clients.are_served(&ALL, &keys.all()).await;
    assert_all_copies_are_due(&stack).await;
    assert!(stack.take_ended().is_empty(), "no node ends by itself");
    let record = clients.record();
    record.assert_linearizable();
    let refused = record.not_applied + record.count(|told| *told == Told::Unknown) as u64;
    assert!(refused >= KEYS as u64, "each key was refused somewhere, not only {refused}");
}

/// What two of five still do.
async fn few_go_on(clients: &Arc<Clients>, keys: &Keys, view: &View) {
    tokio::join!(clients.are_served(&FEW, &keys.few), clients.are_refused(&FEW, &keys.many));
    // One copy is better than none, for those who say so.
    let is_held = |key: &&String| {
        let holders = holders(view, key);
        FEW.iter().any(|&place| holders.contains(clients.id(place)))
    };
    for key in keys.all().iter().filter(is_held) {
        for place in FEW {
            let mut copy = None;
            let is_told = wait::until(PATIENCE, async || {
                let told = copy.insert(clients.get(place, key, "?consistency=one").await);
                told.status == StatusCode::OK && clients.have_tried(key, &told.body)
            });
            assert!(is_told.await, "{key} at {}: {copy:?}", clients.id(place));
        }
    }
}

/// Consensus is with the others.
async fn few_decide_nothing(clients: &Clients) {
    for place in FEW {
        let settings = json!({ "moving_max": 300 });
        let (status, outcome) = clients.post(place, "/ring/settings", &settings).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(["not-applied", "unknown"].contains(&outcome.as_str()), "{outcome}");
    }
}

/// What three of five do as if nothing were.
async fn many_go_on(clients: &Arc<Clients>, keys: &Keys, view: &View) {
    tokio::join!(clients.are_served(&MANY, &keys.many), clients.are_refused(&MANY, &keys.few));
    let changes = [
        ("/ring/settings", json!({ "grace_seconds": 900 })),
        ("/ring/change", json!({ "weights": { "n3": 2 } })),
    ];
    for (path, change) in changes {
        for place in MANY {
            // Consensus may have lost its leader to the other side.
            let agrees =
                async || clients.post(place, path, &change).await.0 == StatusCode::ACCEPTED;
            assert!(wait::until(PATIENCE, agrees).await, "{path} at {}", clients.id(place));
        }
    }
    // Partitions arrive of which all next holders are here, and a majority of the present ones.
    for place in MANY {
        let moves = async || {
            let present = clients.view(place).await;
            !present.assignment().lists().eq(view.assignment().lists())
        };
        assert!(wait::until(PATIENCE, moves).await, "nothing arrives, says {}", clients.id(place));
    }
    clients.are_served(&MANY, &keys.many).await;
    // What is deleted here must not come back from there.
    clients.delete(MANY[0], &keys.many[..keys.many.len() / 3]).await;
}

/// Waits until every node says that it has all that the others have.
async fn assert_caught_up(stack: &Stack) {
    for node in stack.nodes() {
        let metric = async |name: &str| node.metric(&format!("ringway_replication_{name}")).await;
        let says_so = async || {
            metric("counted").await == metric("partitions").await
                && metric("unchecked").await == Some(0)
                && metric("behind").await == Some(0)
        };
        assert!(wait::until(PATIENCE, says_so).await, "{} does not catch up", node.id());
    }
}

/// Every holder of a key has what a reader is told.
async fn assert_copies_are_alike(clients: &Clients, view: &View, keys: &[String]) {
    for key in keys {
        let holders = holders(view, key);
        let mut copies = Vec::new();
        let are_alike = wait::until(PATIENCE, async || {
            copies = vec![clients.get(0, key, "").await];
            for place in ALL.into_iter().filter(|&place| holders.contains(clients.id(place))) {
                copies.push(clients.get(place, key, "?consistency=one").await);
            }
            let is_told = [StatusCode::OK, StatusCode::NOT_FOUND].contains(&copies[0].status);
            is_told && copies.iter().all(|copy| *copy == copies[0])
        });
        assert!(are_alike.await, "{key}, as read and as held: {copies:#?}");
    }
}

/// Nobody has a copy beyond the three of each key.
async fn assert_all_copies_are_due(stack: &Stack) {
    let mut found = 0;
    let are_due = wait::until(PATIENCE, async || {
        found = 0;
        for node in stack.nodes() {
            found += node.metric("ringway_keys").await.unwrap_or_default();
        }
        found == 3 * KEYS as u64
    });
    assert!(are_due.await, "{found} copies of {KEYS} keys");
}
