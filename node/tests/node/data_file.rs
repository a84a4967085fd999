//! `DATA_FILE_PATH`: what a node holds, in a file for others to read.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use crate::client::request;
use crate::process::{PATIENCE, Process, refused, ringway_node};
use crate::shell::Shell;

/// Waits until the file at `path` holds `expected`. It is never anything but a whole object.
fn wait_for(path: &Path, expected: &Value) {
    let begun = Instant::now();
    loop {
        let text = fs::read(path).unwrap_or_else(|_| b"null".to_vec());
        let found: Value = serde_json::from_slice(&text).unwrap();
        if found == *expected {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{found}");
        thread::yield_now();
    }
}

fn put(node: &Process, key: &str, value: &[u8]) {
    let answer = request(node.address, "PUT", &format!("/kv/{key}"), value);
    assert!(matches!(answer.status, 200 | 201), "{answer:?}");
}

#[test]
fn it_is_written_now_and_again_and_at_the_end() {
    let shell = Shell::new();
    let (data, path) = (shell.path("other"), shell.path("data.json"));
    let flags = ["--persistence-interval-seconds", "1", "--data-file-path", path.to_str().unwrap()];
    let node = Process::start(&data, &flags);
    put(&node, "myKey", b"myValue");
    put(&node, "octets", &[0xFF, 0]);
    put(&node, "brief?ttl=3600", b"1");
    put(&node, "gone", b"1");
    assert_eq!(request(node.address, "DELETE", "/kv/gone", b"").status, 200);
    let mut expected = json!({
        "myKey": "myValue", "octets": "data:;base64,/wA=", "brief": "1",
    });
    wait_for(&path, &expected);
    put(&node, "myKey", b"another");
    expected["myKey"] = "another".into();
    wait_for(&path, &expected);
    // A crash leaves the file whole, and a restart finds all of it.
    node.kill();
    let node = Process::start(&data, &["--data-file-path", path.to_str().unwrap()]);
    put(&node, "last", b"word");
    node.terminate();
    assert!(node.ended().success());
    expected["last"] = "word".into();
    wait_for(&path, &expected);
    let names = fs::read_dir(shell.directory.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.starts_with('.')), "a file is left");
    // It can be brought elsewhere.
    let import = shell.run(&["import", path.to_str().unwrap(), "--format", "json", "--json"]);
    assert_eq!(import.tally(), [4, 0, 0]);
    shell.run(&["get", "octets"]).is([0xFF, 0]);
}

#[test]
fn where_it_can_not_be_is_told_before_anything_starts() {
    let command = ringway_node(&["--data-file-path", "/nowhere/data.json"]);
    let (code, why) = refused(command);
    assert_eq!(code, Some(64), "{why}");
    assert!(why.contains("/nowhere is no directory"), "{why}");
}
