//! A change of the ring that nothing disturbs moves and copies what its plan said, to the
//! byte, and no faster than it may.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a failed expectation may panic where it stands"
)]

#[path = "support/holdings.rs"]
mod holdings;
#[path = "support/ring_api.rs"]
mod ring_api;

use std::num::NonZeroU16;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use holdings::moved;
use reqwest::Client;
use ring_api::{plan, status, to_receive};
use ringway_ring::NodeId;
use serde_json::{Value, json};
use xtask::stack::{RingChange, Stack, StackOptions};
use xtask::wait;

const PATIENCE: Duration = Duration::from_mins(1);
/// How long a throttled change is to take at least. Without a throttle it takes less.
const THROTTLED: Duration = Duration::from_secs(4);

fn ids(names: &[&str]) -> Vec<NodeId> {
    names.iter().map(|name| name.parse().unwrap()).collect()
}

fn handed_off(status: &Value) -> u64 {
    status["handed_off_bytes"].as_u64().unwrap()
}

/// Has each node copy so many bytes a second at most, as an operator does.
fn throttle(stack: &Stack, bytes_per_second: &str) {
    let mut settings = Command::new(stack.program());
    settings.env_clear().args(["ring", "settings", "--url", &stack.nodes()[0].url()]);
    settings.args(["--handoff-bytes-per-second", bytes_per_second]);
    let Output { status, stderr, .. } = settings.output().unwrap();
    assert!(status.success(), "{}", String::from_utf8_lossy(&stderr));
}

/// Makes `change`, and looks whether what moves is what was planned. Tells the plan, and how long
/// it took.
async fn change_as_planned(stack: &Stack, change: &RingChange) -> (Value, Duration) {
    let planned = plan(stack, change).await;
    let (before, status_before) = (stack.view().await.unwrap(), status(stack).await);
    let begun = Instant::now();
    stack.change(change).await.unwrap();
    let took = begun.elapsed();
    assert_eq!(planned["vnodes"], json!(moved(&before, &stack.view().await.unwrap())));
    let copied = handed_off(&status(stack).await) - handed_off(&status_before);
    assert_eq!(planned["bytes"], json!(copied));
    assert!(copied > 100_000, "{planned}");
    (planned, took)
}

#[tokio::test]
async fn a_change_moves_and_copies_what_its_plan_said() {
    // All at once, so that what takes time is the copying.
    let moving_max = NonZeroU16::new(4096);
    let options = StackOptions { edge: false, moving_max, ..StackOptions::of(4) };
    let mut stack = Stack::start(options).await.unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    let url = stack.nodes()[0].url();
    for number in 0..400 {
        let value = vec![b'v'; 7 * number];
        let put = client.put(format!("{url}/kv/planned/{number}")).body(value);
        put.send().await.unwrap().error_for_status().unwrap();
    }
    stack.join(StackOptions::of(6).members.split_off(4)).await.unwrap();
    let change = RingChange { remove: ids(&["n2"]), ..RingChange::adding(&ids(&["n5", "n6"])) };
    let (_, took) = change_as_planned(&stack, &change).await;
    println!("{took:?} without a throttle");
    a_throttled_change_takes_its_time(&stack).await;
    a_throttle_is_lifted_while_the_ring_changes(&stack).await;
}

/// `n2` gets its share, and no more a second than it may.
async fn a_throttled_change_takes_its_time(stack: &Stack) {
    let change = RingChange::adding(&ids(&["n2"]));
    let bytes = to_receive(&plan(stack, &change).await)["n2"];
    let rate = bytes / THROTTLED.as_secs();
    throttle(stack, &rate.to_string());
    let (planned, took) = change_as_planned(stack, &change).await;
    let known = [&planned["bytes_per_second"], &planned["is_rate_assumed"]];
    assert_eq!(known, [&json!(rate), &json!(false)]);
    let least = Duration::from_secs_f64(bytes as f64 / rate as f64);
    assert!(planned["seconds"].as_f64().unwrap() >= least.as_secs_f64(), "{planned}");
    assert!(took >= least, "{bytes} bytes at {rate} a second took {took:?}");
}

/// A change that would take hours tells so, and goes on as soon as it may.
async fn a_throttle_is_lifted_while_the_ring_changes(stack: &Stack) {
    throttle(stack, "1");
    let change = RingChange::removing(&ids(&["n5"]));
    let planned = plan(stack, &change).await;
    let before = handed_off(&status(stack).await);
    stack.begin_change(&change).await.unwrap();
    let begins = async || {
        let slow = status(stack).await;
        handed_off(&slow) > before && slow["change"]["bytes"] == planned["bytes"]
    };
    assert!(wait::until(PATIENCE, begins).await, "nothing is copied at all, or counted");
    let slow = status(stack).await;
    assert!(slow["partitions_left"].as_u64().unwrap() > 0, "{slow}");
    assert!(slow["change"]["bytes_left"].as_u64().unwrap() > 0, "{slow}");
    let change = stack.view().await.unwrap().change().unwrap();
    assert_eq!(
        json!([change.partitions, change.bytes]),
        json!([planned["lists"], planned["bytes"]])
    );
    // Tens of thousands of bytes, one a second.
    assert!(change.seconds_left.unwrap() > 3600, "{change:?}");
    throttle(stack, "none");
    stack.settle().await.unwrap();
    let done = status(stack).await;
    assert_eq!(planned["bytes"], json!(handed_off(&done) - before));
    assert_eq!(done["change"], Value::Null);
    assert_eq!(stack.view().await.unwrap().change(), None);
}
