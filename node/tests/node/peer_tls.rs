//! Nodes that speak TLS with each other: what is read between them, who gets in, and what their
//! certificates' ends come to.

use std::fs;
use std::net::TcpListener;
use std::ops::Range;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use crate::place::Place;
use crate::process::{PATIENCE, Process, refused, ringway_node, write_private};
use crate::ring::ring;
use crate::tee::Tee;

const TLS: [&str; 2] = ["--peer-tls", "required"];

/// A place for nodes of few enough partitions that they are soon moved.
fn place() -> Place {
    Place::new(&["--partitions", "1024"])
}

impl Place {
    /// A node that joins where `first` is, by a token of its own where it speaks TLS.
    fn join(&self, id: &str, first: &Process, flags: &[&str]) -> Process {
        fs::create_dir(self.path(id)).unwrap();
        let peer = peer(first, "n1");
        if !flags.contains(&"required") {
            return self.start(id, &[&["--join", &peer][..], flags].concat());
        }
        let token = self.token(&format!("{id}-token"), first, &[]);
        self.start(id, &[&["--join", &peer, "--join-token-file", &token][..], flags].concat())
    }

    /// A file with a new token.
    fn token(&self, name: &str, node: &Process, flags: &[&str]) -> String {
        write_private(&self.path(name), &token(node, flags));
        self.flag(name)
    }

    /// Why a node without data does not join where `first` is.
    fn refuses(&self, first: &Process, flags: &[&str]) -> (Option<i32>, String) {
        let data = self.path("nobody");
        let mut node = ringway_node(&["--port", "0", "--peer-port", "0", "--server-id", "n9"]);
        node.args(["--join", &peer(first, "n1")]).arg("--data-directory").arg(&data);
        node.arg("--secret-file").arg(self.path("secret")).args(flags);
        let refused = refused(node);
        let _ = fs::remove_dir_all(data);
        refused
    }
}

/// Where the node `id` listens for nodes, as `node` knows it.
fn peer(node: &Process, id: &str) -> String {
    let status = node.request("GET", "/ring/status", b"");
    let status: Value = serde_json::from_slice(&status.body).unwrap();
    status["members"][id]["peer"].as_str().unwrap().to_owned()
}

/// What `ringway token create` prints.
fn token(node: &Process, flags: &[&str]) -> String {
    let (code, token, why) = create_token(node, flags);
    assert_eq!(code, Some(0), "{why}");
    token.trim_end().to_owned()
}

fn create_token(node: &Process, flags: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringway"));
    command.env_clear().args(["token", "create"]).args(flags).stdin(Stdio::null());
    let output = command.env("RINGWAY_URL", url(node)).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    (output.status.code(), out, err)
}

fn url(node: &Process) -> String {
    format!("http://{}", node.address)
}

/// Puts `nodes` into the ring of n1, all at once.
fn put_in(first: &Process, nodes: &str) {
    let add = format!("--add={nodes}");
    for words in [&["settings", "--moving-max=65535"][..], &["apply", &add, "--yes", "--wait"]] {
        let (code, _, why) = ring(&url(first), words);
        assert_eq!(code, 0, "{why}");
    }
}

/// The nodes that hold the key with this number, as JSON.
fn holders(node: &Process, number: u64) -> String {
    let explained = node.request("GET", &format!("/explain/key{number}"), b"").body;
    let explained: Value = serde_json::from_slice(&explained).unwrap();
    explained["replicas"].to_string()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "not in time: {what}");
        std::thread::yield_now();
    }
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Long, and nothing that is there by chance.
fn value(number: u64) -> String {
    let mut state = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let letter = |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(b'a' + u8::try_from(state % 26).unwrap())
    };
    (0..200).map(letter).collect()
}

/// What was seen between nodes of the values that they store.
struct Capture {
    /// Of those that were written while nobody moved.
    written: u64,
    /// Of those that a fourth node was handed, which joined later, and how many these are.
    handed_over: u64,
    expected: u64,
    /// Of those that were written meanwhile.
    meanwhile: u64,
    /// All that went through before the fourth node came, and from then on.
    bytes: [u64; 2],
}

/// How many values there are, and how many more are written while a node is handed its part.
const VALUES: u64 = 40;

/// Three nodes store values, a fourth one joins and is handed its part of them while more are
/// written, and all that goes between them is kept.
fn capture(flags: &[&str]) -> Capture {
    let (place, tees) = (place(), [(); 4].map(|()| Tee::start()));
    let ports = tees.each_ref().map(|tee| tee.port().to_string());
    let flags_of = |node: usize| {
        let through_tee = ["--advertise", Tee::HOST, "--peer-port", &ports[node]];
        [&through_tee[..], flags].concat()
    };
    let first = place.start("n1", &flags_of(0));
    let second = place.join("n2", &first, &flags_of(1));
    let third = place.join("n3", &first, &flags_of(2));
    put_in(&first, "n2,n3");
    let write = |numbers: Range<u64>| {
        for number in numbers {
            first.put(&format!("key{number}"), value(number).as_bytes());
        }
    };
    write(0..VALUES);
    for node in [&second, &third] {
        until("all nodes have all values", || (0..VALUES).all(|number| has(node, number)));
    }
    let writing = taken(&tees);
    let fourth = place.join("n4", &first, &flags_of(3));
    thread::scope(|scope| {
        scope.spawn(|| write(VALUES..2 * VALUES));
        put_in(&first, "n4");
    });
    let handed_over: Vec<_> =
        (0..VALUES).filter(|number| holders(&first, *number).contains("n4")).collect();
    assert!(handed_over.len() > 10, "{handed_over:?}");
    until("the fourth has what is its own", || {
        handed_over.iter().all(|number| has(&fourth, *number))
    });
    let handing_over = taken(&tees);
    Capture {
        written: found(&writing, 0..VALUES),
        handed_over: found(&handing_over, handed_over.iter().copied()),
        expected: handed_over.len() as u64,
        meanwhile: found(&handing_over, VALUES..2 * VALUES),
        bytes: [writing.len() as u64, handing_over.len() as u64],
    }
}

/// All that was seen since this was asked the last time.
fn taken(tees: &[Tee]) -> Vec<u8> {
    tees.iter().flat_map(Tee::take).collect()
}

/// How many of the values with these numbers are in `seen`.
fn found(seen: &[u8], numbers: impl Iterator<Item = u64>) -> u64 {
    let is_there = |number: &u64| {
        let value = value(*number);
        seen.windows(value.len()).any(|window| window == value.as_bytes())
    };
    numbers.filter(is_there).count() as u64
}

/// Whether `node` itself has the value with this number.
fn has(node: &Process, number: u64) -> bool {
    let target = format!("/kv/key{number}?consistency=one");
    node.request("GET", &target, b"").body == value(number).as_bytes()
}

#[test]
fn no_value_is_readable_between_nodes_that_speak_tls() {
    let Capture { written, handed_over, expected, meanwhile, bytes } = capture(&TLS);
    assert_eq!((written, handed_over, meanwhile), (0, 0, 0));
    let stored = [2 * VALUES, expected].map(|values| values * value(0).len() as u64);
    let all_went_through = bytes.iter().zip(stored).all(|(bytes, stored)| *bytes > stored);
    assert!(all_went_through, "{bytes:?} of {stored:?}");
}

#[test]
fn every_value_is_readable_between_nodes_that_do_not() {
    let seen = capture(&["--peer-tls", "off"]);
    let expected = (VALUES, seen.expected, VALUES);
    assert_eq!((seen.written, seen.handed_over, seen.meanwhile), expected);
}

#[test]
fn certificates_end_and_nodes_go_and_come_back_while_every_write_succeeds() {
    let place = place();
    let flags = [&TLS[..], &["--certificate-lifetime", "4s", "--peer-port", "0"]].concat();
    let first = place.start("n1", &flags);
    let second = place.join("n2", &first, &flags);
    let third = place.join("n3", &first, &flags);
    put_in(&first, "n2,n3");
    // Those that n1 leads: whoever asks a node that forwards to one that is killed may hear that
    // nobody knows.
    let leads = |key: &String| {
        let explained = first.request("GET", &format!("/explain/{key}"), b"").body;
        let explained: Value = serde_json::from_slice(&explained).unwrap();
        explained["replicas"][0] == "n1"
    };
    let keys: Vec<String> = (0..200).map(|number| format!("k{number}")).filter(leads).collect();
    assert!(keys.len() > 20, "{keys:?}");

    let mut written = 0;
    // `put` asks for success.
    let mut write_until = |what: &str, is_so: &dyn Fn() -> bool| {
        until(what, || {
            for _ in 0..10 {
                written += 1;
                first.put(&keys[written % keys.len()], written.to_string().as_bytes());
            }
            is_so()
        });
    };
    let renewals = |node: &Process| node.metric("ringway_peer_certificate_renewals_total");
    write_until("certificates end", &|| renewals(&first) >= 2 && renewals(&second) >= 2);
    third.kill();
    write_until("two go on", &|| first.metric("ringway_peers_connected") == 1);
    let before = renewals(&first);
    write_until("another one ends meanwhile", &|| renewals(&first) > before);
    // By its data, and the token that it has used up: as an init system would start it again.
    let token = place.flag("n3-token");
    let third = place.start("n3", &[&["--join-token-file", &token][..], &flags].concat());
    write_until("it is back", &|| {
        [&first, &second, &third].iter().all(|node| node.metric("ringway_peers_connected") == 2)
    });
    let before = renewals(&third);
    write_until("all have later ones", &|| renewals(&third) >= before + 2);

    for node in [&first, &second, &third] {
        let ends = node.metric("ringway_peer_certificate_ends_seconds");
        assert!((unix_seconds()..=unix_seconds() + 4).contains(&ends), "{ends}");
    }
    let reconnects = second.metric("ringway_peer_reconnects_total");
    assert!(reconnects <= 1, "a renewal ends no connection: {reconnects}");
}

#[test]
fn a_cluster_that_is_killed_whole_comes_back_by_itself() {
    let place = place();
    let ports = [(); 3].map(|()| {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        free.local_addr().unwrap().port().to_string()
    });
    let flags_of = |node: usize| [&TLS[..], &["--peer-port", &ports[node]]].concat();
    let first = place.start("n1", &flags_of(0));
    let second = place.join("n2", &first, &flags_of(1));
    let third = place.join("n3", &first, &flags_of(2));
    put_in(&first, "n2,n3");
    first.put("k", b"v");
    for node in [first, second, third] {
        node.kill();
    }
    // Nobody is there yet of whom one could hear by what the others are known.
    let nodes =
        [("n1", 0), ("n2", 1), ("n3", 2)].map(|(id, node)| place.start(id, &flags_of(node)));
    let is_served = |node: &Process| node.request("GET", "/kv/k", b"").body == b"v";
    until("all serve again", || nodes.iter().all(is_served));
}

#[test]
fn a_token_lets_one_node_join_and_only_for_a_while() {
    let place = place();
    let first = place.start("n1", &[&TLS[..], &["--peer-port", "0"]].concat());
    let refuses = |flags: &[&str]| {
        let (code, said) = place.refuses(&first, &[&TLS[..], flags].concat());
        assert_eq!(code, Some(1), "{said}");
        said
    };
    let said = refuses(&[]);
    assert!(said.contains("needs a token: make one (`ringway token create`)"), "{said}");

    let _second = place.join("n2", &first, &[&TLS[..], &["--peer-port", "0"]].concat());
    let used = place.flag("n2-token");
    let said = refuses(&["--join-token-file", &used]);
    assert!(said.contains("was used already, by n2: make one for each node"), "{said}");

    write_private(&place.path("unknown"), &format!("ringway-join-{}", "0".repeat(64)));
    let said = refuses(&["--join-token-file", &place.flag("unknown")]);
    assert!(said.contains("knows no such join token"), "{said}");

    let short = place.token("short", &first, &["--ttl", "1s"]);
    let made = unix_seconds();
    until("it ends", || unix_seconds() > made + 1);
    let said = refuses(&["--join-token-file", &short]);
    assert!(said.contains("this join token ended at"), "{said}");

    let (code, said) = place.refuses(&first, &["--peer-tls", "off"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("--peer-tls required and --join-token-file"), "{said}");
}

#[test]
fn a_cluster_without_tls_takes_no_tokens_and_says_so() {
    let place = place();
    let first = place.start("n1", &["--peer-port", "0"]);
    let (code, _, why) = create_token(&first, &[]);
    assert_eq!(code, Some(1), "{why}");
    assert!(why.contains("nodes join this cluster without a token"), "{why}");
    let (code, said) = place.refuses(&first, &TLS);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("start this one with --peer-tls off"), "{said}");
    first.terminate();
    assert!(first.ended().success());
    let secret = place.flag("secret");
    let said = place.stays_away("n1", "n1", &[&TLS[..], &["--secret-file", &secret]].concat());
    assert!(said.contains("the nodes of this cluster speak without TLS"), "{said}");
}

#[test]
fn who_has_another_clusters_data_hears_so_over_tls_too() {
    let (here, elsewhere) = (place(), place());
    let flags = [&TLS[..], &["--peer-port", "0"]].concat();
    let (first, other) = (here.start("n1", &flags), elsewhere.start("n1", &flags));
    here.join("n2", &first, &flags).kill();
    let (secret, named) = (here.flag("secret"), peer(&other, "n1"));
    let there = ["--secret-file", &secret, "--join", &named];
    let said = here.stays_away("n2", "n2", &[&TLS[..], &there].concat());
    assert!(said.contains(&format!("{named}, which --join names, is of another one")), "{said}");
    here.start("n2", &[&flags[..], &["--join", &peer(&first, "n1")]].concat());
}

#[test]
fn a_stolen_data_directory_is_of_no_use_without_the_secret() {
    let place = place();
    let flags = [&TLS[..], &["--peer-port", "0"]].concat();
    let first = place.start("n1", &flags);
    let second = place.join("n2", &first, &flags);
    second.terminate();
    assert!(second.ended().success());
    copy(&place.path("n2"), &place.path("stolen"));
    write_private(&place.path("guess"), "what a thief would think of");

    let guess = place.flag("guess");
    let with_guess = [&TLS[..], &["--secret-file", &guess]].concat();
    let said = place.stays_away("stolen", "n2", &with_guess);
    assert!(said.contains("sealed with another secret than this node's"), "{said}");
    let said = place.stays_away("stolen", "n2", &TLS);
    assert!(said.contains("--secret-file is missing"), "{said}");
    for flags in [&[][..], &["--secret-file", &guess]] {
        let said = place.stays_away("stolen", "n2", flags);
        assert!(said.contains("the nodes of this cluster speak TLS with each other"), "{said}");
    }
    // By its own secret it comes in, with no token: it is n2.
    let _second = place.start("n2", &flags);
    until("n2 is back", || first.metric("ringway_peers_connected") == 1);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
