//! That `ringway export` writes while it reads, and keeps little of it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use serde_json::Value;

use crate::process::PATIENCE;
use crate::shell::Shell;
use crate::stub_store::StubStore;

/// An export of what `store` has, and the keys in it, as they come.
fn export(store: &StubStore) -> (Child, Receiver<String>) {
    let shell = Shell::without_node(&store.url);
    let mut command = shell.command(&["export"]);
    command.env("RINGWAY_URL", &store.url).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (found, keys) = channel();
    thread::spawn(move || {
        for line in lines {
            let entry: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if found.send(entry["key"].as_str().unwrap().to_owned()).is_err() {
                return;
            }
        }
    });
    (child, keys)
}

#[test]
fn what_is_read_is_written_before_the_rest_is_read() {
    let store = StubStore::start(7, 3, b"value".to_vec());
    let (mut child, keys) = export(&store);
    let written = |range: std::ops::Range<usize>| {
        for number in range {
            assert_eq!(keys.recv_timeout(PATIENCE), Ok(StubStore::key(number)));
        }
    };
    // The next page is held back until these are seen.
    written(0..3);
    store.open();
    written(3..7);
    assert!(child.wait().unwrap().success());
    assert!(keys.recv_timeout(PATIENCE).is_err(), "that is all");
}

#[test]
fn an_export_needs_far_less_memory_than_it_has_bytes() {
    const VALUES: usize = 256;
    const VALUE_BYTES: usize = 1 << 20;
    let store = StubStore::start(VALUES, 50, vec![0xFF; VALUE_BYTES]);
    store.open();
    let (mut child, keys) = export(&store);
    let mut most = 0;
    for number in 0..VALUES {
        assert_eq!(keys.recv_timeout(PATIENCE), Ok(StubStore::key(number)));
        // It may have ended with the last of them.
        most = most_bytes(child.id()).unwrap_or(most);
    }
    assert!(child.wait().unwrap().success());
    assert!(most > VALUE_BYTES, "it is not known");
    assert!(most < VALUES * VALUE_BYTES / 2, "{most} bytes");
}

/// The most memory that a process had so far.
fn most_bytes(process: u32) -> Option<usize> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<usize>().ok()? * 1024)
}
