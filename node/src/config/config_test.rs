//! What is refused, and what it comes to otherwise.

use clap::Parser;

use super::*;
use crate::args::{Args, Command};

fn config(flags: &[&str]) -> Result<Config, String> {
    let words = ["ringway", "node"].iter().chain(flags);
    let args = Args::try_parse_from(words).map_err(|error| error.to_string())?;
    let Command::Node(args) = args.command;
    Config::validate(args).map_err(|error| error.to_string())
}

/// The same with a secret, as clusters need it.
fn config_with_secret(flags: &[&str]) -> Result<Config, String> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    std::fs::write(&path, "a secret of 25 characters").unwrap();
    config(&[flags, &["--secret-file", path.to_str().unwrap()]].concat())
}

#[test]
fn contradictions_name_their_flags() {
    for (flags, expected) in [
        (&["--server-id", "n9", "--member", "n1=127.0.0.1:8080"][..], "--server-id n9"),
        (&["--member", "n1=127.0.0.1:81"], "--port 8080"),
        (&["--port", "0", "--member", "n1=127.0.0.1:81"], "--port 0"),
        (&["--member", "n1=10.0.0.1:8080"], "--host 127.0.0.1"),
        (&["--partitions", "1000"], "--partitions"),
        (&["--replication-factor", "8"], "--replication-factor"),
        (&["--max-value-bytes", "0"], "--max-value-bytes 0"),
        (&["--host", "example.org"], "--host"),
        (&["--cluster", "A cluster"], "--cluster"),
        (&["--secret-file", "/nowhere/at/all"], "--secret-file /nowhere/at/all"),
        (&["--log-format", "xml"], "--log-format"),
        (&["--colour"], "--colour"),
    ] {
        let refusal = config(flags).expect_err(&flags.join(" "));
        assert!(refusal.contains(expected), "{flags:?}: {refusal}");
    }
}

#[test]
fn members_that_make_no_cluster_are_named() {
    // Two ids whose XXH64 ends in the same 32 bits.
    let same = "n13962=127.0.0.1:8081,peer=9081 n46450=127.0.0.1:8082,peer=9082";
    for (others, expected) in [
        ("n1=127.0.0.1:8081,peer=9081", "two nodes are called n1"),
        ("n2=127.0.0.1:8080,peer=9081", "have the address"),
        ("n2=127.0.0.1:8081", "n2 has no peer=PORT"),
        ("n2=127.0.0.1:8081,peer=9080", "n2: its peer address 127.0.0.1:9080"),
        ("n2=127.0.0.1:8081,peer=8080", "n2: its peer address 127.0.0.1:8080"),
        (same, "have the same number"),
    ] {
        let members = format!("n1=127.0.0.1:8080,peer=9080 {others}");
        let refusal = config_with_secret(&["--member", &members]).expect_err(others);
        assert!(refusal.contains(expected), "{others}: {refusal}");
    }
    let members = "n1=127.0.0.1:8080,peer=9080 n2=127.0.0.1:8081,peer=9081";
    let refusal = config(&["--member", members]).unwrap_err();
    assert!(refusal.contains("--secret-file is missing"), "{refusal}");
}

#[test]
fn a_node_that_is_told_of_nobody_is_alone_where_it_listens() {
    let config = config(&["--host", "0.0.0.0"]).unwrap();
    assert!(config.peering.is_none());
    let view = config.first_view("0.0.0.0:4711".parse().unwrap()).unwrap();
    let addresses: Vec<_> = view.nodes().iter().map(|node| node.address).collect();
    assert_eq!(addresses, ["127.0.0.1:4711".parse().unwrap()]);
}

#[test]
fn a_member_listens_for_the_others_and_knows_where_they_do() {
    let members = "n1=127.0.0.1:8080,peer=9080 n2=127.0.0.2:8080,peer=9081";
    let config = config_with_secret(&["--host", "0.0.0.0", "--member", members]).unwrap();
    let peering = config.peering.as_ref().unwrap();
    assert_eq!(peering.cluster.as_str(), "ringway");
    assert_eq!(peering.secret.as_bytes(), b"a secret of 25 characters");
    assert_eq!(peering.listen, "0.0.0.0:9080".parse().unwrap());
    let id: NodeId = "n2".parse().unwrap();
    let number = node_number(&id);
    let address = "127.0.0.2:9081".parse().unwrap();
    assert_eq!(peering.others, [PeerAddress { number, id, address, disk: None }]);
    assert_eq!(config.number(), node_number(&"n1".parse().unwrap()));
}

#[test]
fn every_member_computes_the_same_view() {
    let members = "n2=127.0.0.1:8082,peer=9082 n1=127.0.0.1:8081,peer=9081";
    let flags = ["--port", "8081", "--member", members];
    let first = config_with_secret(&flags).unwrap();
    let flags = ["--server-id", "n2", "--port", "8082", "--member", members];
    let second = config_with_secret(&flags).unwrap();
    let view = |config: &Config| config.first_view("127.0.0.1:1".parse().unwrap()).unwrap();
    assert_eq!(view(&first).to_json(), view(&second).to_json());
}
