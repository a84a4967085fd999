//! One fsync for many writes, or one every few seconds where that is asked for.

use std::thread;
use std::time::Instant;

use crate::client::Client;
use crate::process::{PATIENCE, Process};

#[test]
fn writes_that_wait_share_an_fsync() {
    const CLIENTS: u64 = 16;
    const WRITES: u64 = 50;
    let directory = tempfile::tempdir().unwrap();
    let node = Process::start(&directory.path().join("data"), &[]);
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let address = node.address;
            scope.spawn(move || {
                let mut connection = Client::connect(address).unwrap();
                for write in 0..WRITES {
                    let target = format!("/kv/{client}/{write}");
                    assert_eq!(connection.request("PUT", &target, b"v").unwrap().status, 201);
                }
            });
        }
    });
    let (fsyncs, writes) = (node.metric("ringway_fsyncs_total"), CLIENTS * WRITES);
    assert!(fsyncs > 0, "acknowledged writes were fsynced");
    assert!(fsyncs * 2 < writes, "{fsyncs} fsyncs for {writes} writes");
    assert_eq!(node.metric("ringway_keys"), writes);
}

#[test]
fn an_interval_defers_the_fsync_and_still_survives_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let node = Process::start(&path, &["--persistence-interval-seconds", "1000"]);
    for key in 0..20 {
        node.put(&key.to_string(), b"not the last");
    }
    // The node leads their partitions now, and its promises are on the disk.
    let promises = node.metric("ringway_fsyncs_total");
    for key in 0..20 {
        node.put(&key.to_string(), b"deferred");
    }
    assert_eq!(node.metric("ringway_fsyncs_total"), promises);
    node.kill();

    let node = Process::start(&path, &["--persistence-interval-seconds", "1"]);
    for key in 0..20 {
        assert_eq!(node.get(&key.to_string()).unwrap(), b"deferred");
    }
    node.put("one-more", b"not the last");
    let promises = node.metric("ringway_fsyncs_total");
    node.put("one-more", b"deferred");
    let deadline = Instant::now() + PATIENCE;
    while node.metric("ringway_fsyncs_total") == promises {
        assert!(Instant::now() < deadline, "nothing was fsynced, though nobody wrote again");
    }
    node.terminate();
    assert!(node.ended().success());
}
