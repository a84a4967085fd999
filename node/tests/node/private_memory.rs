//! What is in a node's memory stays there.

use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::process::Process;

#[test]
fn a_node_leaves_no_core_dump_and_nobody_of_its_user_reads_its_memory() {
    let directory = tempfile::tempdir().unwrap();
    let node = Process::start(&directory.path().join("data"), &[]);
    let of_node = |name: &str| format!("/proc/{}/{name}", node.pid());
    let limits = fs::read_to_string(of_node("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    let words: Vec<_> = core.split_whitespace().collect();
    assert_eq!(words[4..6], ["0", "0"], "{core}");
    // Of a process that can be dumped this is its user's, and root's otherwise.
    assert_eq!(fs::metadata(of_node("environ")).unwrap().uid(), 0);
    assert_eq!(node.request("GET", "/heartbeat", b"").status, 200);
}
