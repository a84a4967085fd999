//! A node that can't come up says why in a sentence, with the right exit status.

use std::fs;
use std::net::TcpListener;
use std::path::Path;

use crate::process::{Process, refused, ringway_node};

#[test]
fn a_bad_configuration_exits_64_and_names_the_flag() {
    for (flags, named) in [
        (&["--colour"][..], "--colour"),
        (&["--port", "many"], "--port"),
        (&["--partitions", "1000"], "--partitions"),
        (&["--port", "81", "--peer-port", "81"], "--peer-port"),
        (&["--port", "81", "--admin-port", "81"], "--admin-port"),
        (&["--join", "127.0.0.1:8081"], "--secret-file"),
        (&["--join", "127.0.0.1"], "--join"),
        (&["--max-value-bytes", "0"], "--max-value-bytes"),
        (&["--secret-file", "/nowhere/at/all"], "--secret-file"),
    ] {
        let (code, said) = refused(ringway_node(flags));
        assert_eq!(code, Some(64), "{flags:?}: {said}");
        assert!(said.contains(named), "{flags:?}: {said}");
        assert_eq!(said.trim_end().lines().count(), 1, "one sentence: {said}");
    }
    let mut from_variable = ringway_node::<&str>(&[]);
    from_variable.env("RINGWAY_PARTITIONS", "7");
    let (code, said) = refused(from_variable);
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("--partitions"), "{said}");
}

#[test]
fn a_data_directory_is_used_by_one_node_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let holder = Process::start(&path, &["--server-id", "first"]);
    let mut second = ringway_node(&["--port", "0", "--server-id", "second", "--data-directory"]);
    second.arg(&path);
    let (code, said) = refused(second);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is in use by node first"), "{said}");
    assert!(holder.get("a").is_none(), "the holder is none the worse");
}

/// What a node says that is started with `flags` on the data in `path`.
fn refused_on(path: &Path, flags: &[&str]) -> (Option<i32>, String) {
    let mut node = ringway_node(&["--port", "0", "--peer-port", "0", "--data-directory"]);
    node.arg(path).args(flags);
    refused(node)
}

#[test]
fn a_new_node_must_be_told_how_to_come_to_a_cluster() {
    let directory = tempfile::tempdir().unwrap();
    let (code, said) = refused_on(&directory.path().join("data"), &[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("--bootstrap") && said.contains("--join"), "{said}");
}

#[test]
fn a_second_bootstrap_is_refused_and_nothing_is_lost() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let node = Process::start(&path, &[]);
    node.put("a", b"1");
    node.kill();
    let (code, said) = refused_on(&path, &["--bootstrap"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("start it without --bootstrap"), "{said}");
    assert_eq!(Process::start(&path, &[]).get("a").unwrap(), b"1");
}

#[test]
fn data_of_another_node_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    Process::start(&path, &["--server-id", "n1"]).kill();
    let (code, said) = refused_on(&path, &["--server-id", "n2"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("is n1's") && said.contains("--server-id n1"), "{said}");
}

#[test]
fn a_data_directory_that_cannot_be_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("file");
    fs::write(&file, "not a directory").unwrap();
    for path in [file.clone(), file.join("below"), "/proc/ringway".into()] {
        let mut node = ringway_node(&["--port", "0", "--data-directory"]);
        node.arg(&path);
        let (code, said) = refused(node);
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("can't be used"), "{said}");
        assert!(said.contains(path.to_str().unwrap()), "{said}");
    }
}

#[test]
fn a_port_that_is_taken_is_refused() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let directory = tempfile::tempdir().unwrap();
    let mut node = ringway_node(&["--port", &port, "--data-directory"]);
    node.arg(directory.path());
    let (code, said) = refused(node);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("can't listen on 127.0.0.1 port {port}")), "{said}");
}
