//! What is refused, and what it comes to otherwise.

use clap::Parser;

use super::*;
use crate::args::{Args, Command};

fn config(flags: &[&str]) -> Result<Config, String> {
    let words = ["ringway", "node"].iter().chain(flags);
    let args = Args::try_parse_from(words).map_err(|error| error.to_string())?;
    let Command::Node(args) = args.command else { panic!("{args:?}") };
    Config::validate(args).map_err(|error| error.to_string())
}

/// The same with a secret, as nodes that have others need it.
fn config_with_secret(flags: &[&str]) -> Result<Config, String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "a secret of 25 characters").unwrap();
    config(&[flags, &["--secret-file", file.path().to_str().unwrap()]].concat())
}

#[test]
fn contradictions_name_their_flags() {
    for (flags, expected) in [
        (&["--partitions", "1000"][..], "--partitions"),
        (&["--replication-factor", "8"], "--replication-factor"),
        (&["--max-value-bytes", "0"], "--max-value-bytes 0"),
        (&["--host", "example.org"], "--host"),
        (&["--port", "8081"], "--port and --peer-port are both 8081"),
        (&["--peer-port", "18080"], "--peer-port and --admin-port are both 18080"),
        (&["--admin-port", "8080"], "--port and --admin-port are both 8080"),
        (&["--admin-host", "example.org"], "--admin-host"),
        (&["--advertise", "0.0.0.0"], "--advertise 0.0.0.0"),
        (&["--advertise", "10.0.0.1"], "--host 127.0.0.1 can't be reached"),
        (&["--join", "n1"], "--join"),
        (&["--join", "n1:8081"], "--secret-file is missing"),
        (&["--launcher", "launcher:8079"], "--launcher"),
        (&["--launcher", "http://launcher:8079"], "--secret-file is missing: --launcher"),
        (&["--join", "n1:8081", "--bootstrap"], "--bootstrap"),
        (&["--cluster", "A cluster"], "--cluster"),
        (&["--secret-file", "/nowhere/at/all"], "--secret-file /nowhere/at/all"),
        (&["--zone", "a b"], "--zone"),
        (&["--weight", "0"], "--weight"),
        (&["--log-format", "xml"], "--log-format"),
        (&["--data-file-path", "/nowhere/data.json"], "--data-file-path: /nowhere is no directory"),
        (&["--auth", "maybe"], "--auth"),
        (&["--host", "0.0.0.0"], "--auth is missing"),
        (&["--host", "10.0.0.1"], "--auth required"),
        (&["--host", "::"], "--auth off"),
        (&["--admin-password-file", "/x"], "--admin-password-file goes with --auth required"),
        (&["--auth", "off", "--admin-password-file", "/x"], "goes with --auth required"),
        (&["--auth", "required", "--admin-password-file", "/x"], "--admin-password-file /x: "),
        (&["--peer-tls", "maybe"], "--peer-tls"),
        (&["--peer-tls", "required"], "--secret-file is missing: --peer-tls required"),
        (&["--join-token-file", "/x"], "--join-token-file goes with --peer-tls required"),
        (&["--certificate-lifetime", "1s"], "--certificate-lifetime"),
        (&["--colour"], "--colour"),
    ] {
        let refusal = config(flags).expect_err(&flags.join(" "));
        assert!(refusal.contains(expected), "{flags:?}: {refusal}");
    }
    let refusal = config_with_secret(&["--host", "0.0.0.0", "--auth", "off"]).unwrap_err();
    assert!(refusal.contains("--advertise is missing"), "{refusal}");
}

#[test]
fn others_reach_a_node_where_it_listens_unless_it_says_otherwise() {
    let advertised = |flags: &[&str]| {
        let flags = [flags, &["--auth", "required"]].concat();
        config_with_secret(&flags).unwrap().advertise.to_string()
    };
    assert_eq!(advertised(&[]), "127.0.0.1");
    assert_eq!(advertised(&["--host", "10.0.0.1"]), "10.0.0.1");
    assert_eq!(advertised(&["--host", "0.0.0.0", "--advertise", "10.0.0.1"]), "10.0.0.1");
    assert_eq!(
        config(&["--host", "0.0.0.0", "--auth", "off"]).unwrap().advertise,
        Ipv4Addr::LOCALHOST
    );
}

#[test]
fn the_admin_listener_is_on_this_machine_alone_unless_told_otherwise() {
    for (flags, expected) in [
        (&[][..], "127.0.0.1:18080"),
        (&["--host", "10.0.0.1", "--auth", "off"], "127.0.0.1:18080"),
        (&["--admin-host", "0.0.0.0", "--admin-port", "8082"], "0.0.0.0:8082"),
        (&["--port", "9000"], "127.0.0.1:19000"),
        (&["--port", "0"], "127.0.0.1:0"),
        (&["--port", "60000"], "127.0.0.1:0"),
        (&["--admin-port", "0"], "127.0.0.1:0"),
    ] {
        assert_eq!(config(flags).unwrap().admin.to_string(), expected, "{flags:?}");
    }
}

#[test]
fn a_node_makes_a_cluster_or_joins_one_or_is_in_one() {
    let start = |flags: &[&str]| config_with_secret(flags).unwrap().start;
    let (partitions, replication_factor) = (PartitionCount::DEFAULT, ReplicationFactor::DEFAULT);
    assert_eq!(start(&["--bootstrap"]), Start::Bootstrap { partitions, replication_factor });
    let addresses = ["10.0.0.1:8081", "n2:8081"].map(|text| text.parse().unwrap());
    assert_eq!(start(&["--join", "10.0.0.1:8081,n2:8081"]), Start::Join(addresses.to_vec()));
    assert_eq!(start(&[]), Start::Resume);
}

#[test]
fn a_node_asks_for_tokens_where_that_is_said_and_for_a_word_where_others_reach_it() {
    let auth = |flags: &[&str]| config(flags).unwrap().auth;
    assert!(matches!(auth(&[]), AuthConfig::Unsaid));
    assert!(matches!(auth(&["--host", "::1"]), AuthConfig::Unsaid));
    assert!(matches!(auth(&["--host", "10.0.0.1", "--auth", "off"]), AuthConfig::Off));
    assert!(matches!(auth(&["--auth", "off"]), AuthConfig::Off));
    for flags in [&["--auth", "required"][..], &["--auth", "required", "--host", "10.0.0.1"]] {
        assert!(matches!(auth(flags), AuthConfig::Required { admin_password: None }));
    }
}
