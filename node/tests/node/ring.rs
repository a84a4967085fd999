//! `ringway ring`, the program, against a node that runs.

use std::fs::File;
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::process::Process;

/// `ringway ring` with `words`, on no terminal: its status, what it says, and why not.
pub(crate) fn ring(url: &str, words: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringway"));
    command.env_clear().arg("ring").args(words).env("RINGWAY_URL", url).stdin(Stdio::null());
    let Output { status, stdout, stderr } = command.output().unwrap();
    let [out, err] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (status.code().unwrap(), out, err)
}

fn node() -> (tempfile::TempDir, Process, String) {
    let directory = tempfile::tempdir().unwrap();
    let node = Process::start(&directory.path().join("data"), &[]);
    let url = format!("http://{}", node.address);
    (directory, node, url)
}

#[test]
fn a_ring_of_one_is_shown_planned_and_as_it_shall_be_already() {
    let (_directory, node, url) = node();
    let (code, shown, why) = ring(&url, &["show"]);
    assert_eq!(code, 0, "{why}");
    assert!(shown.contains("4096 partitions, one copy of each (3 are asked for)"), "{shown}");
    assert!(shown.contains(&format!("n1    {}", node.address)), "{shown}");
    assert!(shown.ends_with("\nNothing is moving.\n"), "{shown}");

    let (code, shown, why) = ring(&url, &["plan", "--add", "n1"]);
    assert_eq!(code, 0, "{why}");
    assert!(shown.ends_with("\n\nNothing moves.\n"), "{shown}");
    let (code, shown, why) = ring(&url, &["apply", "--add=n1", "--yes", "--wait"]);
    assert_eq!((code, &*shown), (0, "Nothing has to move.\n"), "{why}");

    for words in [&["plan"][..], &["apply", "--yes"], &["settings"]] {
        let (code, shown, why) = ring(&url, &[words, &["--json"]].concat());
        let answer: Value = serde_json::from_str(&shown).unwrap();
        assert!(code == 0 && answer.is_object(), "{words:?}: {why}");
    }

    let (code, shown, _) = ring(&url, &["settings", "--grace-seconds", "60", "--json"]);
    let settings: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((code, &settings["grace_seconds"]), (0, &60.into()));
    let (code, shown, _) = ring(&url, &["show", "--json"]);
    let status: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((code, &status["settings"]["grace_seconds"]), (0, &60.into()));
}

#[test]
fn what_nobody_gets_to_read_is_told() {
    let (_directory, _node, url) = node();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringway"));
    let full = File::options().write(true).open("/dev/full").unwrap();
    command.env_clear().args(["ring", "show"]).env("RINGWAY_URL", url).stdout(full);
    let Output { status, stderr, .. } = command.output().unwrap();
    assert_eq!(status.code(), Some(74));
    assert!(String::from_utf8(stderr).unwrap().contains("No space left"));
}

#[test]
fn nothing_is_applied_that_nobody_said_yes_to() {
    let (_directory, _node, url) = node();
    let (code, shown, why) = ring(&url, &["apply", "--weight", "n1=2"]);
    assert_eq!((code, &*shown), (64, ""));
    assert!(why.contains("--yes"), "{why}");
    let (_, status, _) = ring(&url, &["show", "--json"]);
    let status: Value = serde_json::from_str(&status).unwrap();
    assert_eq!(status["members"]["n1"]["weight"], 1);
    let (code, _, why) = ring(&url, &["apply", "--weight", "n1=2", "--yes"]);
    assert_eq!(code, 0, "{why}");
}

#[test]
fn what_the_cluster_refuses_exits_1_and_says_why() {
    let (_directory, _node, url) = node();
    for (words, named) in [
        (&["plan", "--add", "n9"][..], "no member of the cluster is called n9"),
        (&["apply", "--yes", "--remove", "n1"], "no node would be left in the ring"),
        (&["cancel"], "the ring is not changing"),
        (&["leave", "n1"], "n1 is in the ring"),
    ] {
        let (code, shown, why) = ring(&url, words);
        assert_eq!((code, &*shown), (1, ""), "{words:?}: {why}");
        assert!(why.contains(named), "{words:?}: {why}");
        assert_eq!(why.trim_end().lines().count(), 1, "one sentence: {why}");
    }
}

#[test]
fn where_no_node_answers_it_exits_69_and_says_where() {
    // Free a moment ago, and nobody's now.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let url = format!("http://{address}");
    for words in [&["show"][..], &["apply", "--yes"], &["settings"]] {
        let (code, _, why) = ring(&url, words);
        assert_eq!(code, 69, "{words:?}: {why}");
        assert!(why.contains(&format!("nothing answers at {url}")), "{why}");
        assert!(why.contains("is the stack up?"), "{why}");
    }
    let (code, _, why) = ring("10.0.0.1:8080", &["show"]);
    assert_eq!(code, 64, "{why}");
    assert!(why.contains("http://HOST:PORT"), "{why}");
}
