//! Few files are no reason to end.

use crate::client::Client;
use crate::process::Process;

/// Enough for the store, not for the connections of the test.
const OPEN_FILES: u32 = 256;

#[test]
fn more_idle_connections_than_open_files_leave_a_node_that_serves() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let node = Process::start_with_open_files(&path, OPEN_FILES);
    let mut first = Client::connect(node.address).unwrap();
    assert_eq!(first.request("PUT", "/kv/a", b"1").unwrap().status, 201);
    let idle: Vec<_> = (0..OPEN_FILES).map(|_| Client::connect(node.address).unwrap()).collect();
    // A value so long that it becomes a file.
    let long = vec![b'x'; 2 << 20];
    assert_eq!(first.request("PUT", "/kv/long", &long).unwrap().status, 201);
    let mut last = idle.into_iter().next_back().unwrap();
    assert!(last.rest().starts_with(b"HTTP/1.1 503 "), "a connection too many is told so");
    assert_eq!(first.request("GET", "/kv/a", b"").unwrap().body, b"1");
    node.terminate();
    assert!(node.ended().success());
}
