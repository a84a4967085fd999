//! A node that can't come up says why in a sentence, with the right exit status.

use std::fs;
use std::net::TcpListener;

use crate::process::{Process, refused, ringway_node};

#[test]
fn a_bad_configuration_exits_64_and_names_the_flag() {
    for (flags, named) in [
        (&["--colour"][..], "--colour"),
        (&["--port", "many"], "--port"),
        (&["--partitions", "1000"], "--partitions"),
        (&["--server-id", "n9", "--member", "n1=127.0.0.1:8080"], "--server-id"),
        (&["--port", "81", "--member", "n1=127.0.0.1:8080"], "--port"),
        (&["--max-value-bytes", "0"], "--max-value-bytes"),
        (&["--member", "n1=127.0.0.1:8080 n2=127.0.0.1:8081"], "peer=PORT"),
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
