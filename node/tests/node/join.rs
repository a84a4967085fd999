//! Who joins a cluster and leaves it again; and who can't join is told why, and what to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::process::{PATIENCE, Process, refused, ringway_node, write_private};
use crate::ring::ring;

/// A cluster of one, and a place for those that would join it.
struct Cluster {
    directory: tempfile::TempDir,
    first: Process,
}

impl Cluster {
    fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("secret");
        write_private(&secret, "a secret of enough bytes");
        let flags = ["--peer-port", "0", "--secret-file", secret.to_str().unwrap()];
        let first = Process::start(&directory.path().join("n1"), &flags);
        Self { directory, first }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// The members, as the first tells of them.
    fn members(&self) -> Value {
        let status = self.first.request("GET", "/ring/status", b"");
        let status: Value = serde_json::from_slice(&status.body).unwrap();
        status["members"].clone()
    }

    /// Where the member called `id` listens for nodes.
    fn peer(&self, id: &str) -> String {
        self.members()[id]["peer"].as_str().unwrap().to_owned()
    }

    /// What a node without data says that is started to join, with `flags`.
    fn refuses(&self, secret: &Path, flags: &[&str]) -> String {
        // Whether they are up may change meanwhile.
        let names = || self.members().as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        let before = names();
        let mut node = ringway_node(&["--port", "0", "--join", &self.peer("n1")]);
        node.arg("--data-directory").arg(self.path("new")).arg("--secret-file").arg(secret);
        node.args(flags);
        let (code, said) = refused(node);
        assert_eq!(code, Some(1), "{said}");
        assert_eq!(names(), before, "{said}");
        said
    }

    /// A node that has joined, and holds nothing yet.
    fn join(&self, id: &str) -> Process {
        fs::create_dir(self.path(id)).unwrap();
        self.start_with_data(id, &self.peer("n1"))
    }

    /// A node with the data that are there, which is to join those that listen at `addresses`.
    fn start_with_data(&self, id: &str, addresses: &str) -> Process {
        let (data, secret) = (self.path(id), self.path("secret"));
        let join = ["--server-id", id, "--peer-port", "0", "--join", addresses];
        Process::start(&data, &[&join[..], &["--secret-file", secret.to_str().unwrap()]].concat())
    }

    /// What `ringway ring` answers to `words`, for programs.
    fn ring(&self, words: &[&str]) -> Value {
        let url = format!("http://{}", self.first.address);
        let (code, shown, why) = ring(&url, &[words, &["--json"]].concat());
        assert_eq!((code, &*why), (0, ""), "{words:?}");
        serde_json::from_str(&shown).unwrap_or_else(|error| panic!("{words:?}: {error}: {shown}"))
    }
}

#[test]
fn a_change_is_cancelled_and_who_holds_nothing_leaves() {
    let cluster = Cluster::start();
    let _second = cluster.join("n2");
    // One of thousands after the other: it is far from its end for long.
    cluster.ring(&["settings", "--moving-max", "1"]);
    let of = |answer: &Value, name: &str| answer[name].as_u64().unwrap();
    let begun = cluster.ring(&["apply", "--add", "n2", "--yes"]);
    assert!(of(&begun, "partitions_left") > 0, "{begun}");
    let cancelled = cluster.ring(&["cancel"]);
    assert!(of(&cancelled, "epoch") > of(&begun, "epoch"), "{begun} {cancelled}");
    // What was on its way goes back.
    cluster.ring(&["settings", "--moving-max", "512"]);
    let begun = Instant::now();
    while cluster.ring(&["show"])["members"]["n2"]["state"] != "spare" {
        assert!(begun.elapsed() < PATIENCE, "{}", cluster.members());
    }
    let left = cluster.ring(&["leave", "n2"]);
    assert_eq!(of(&left, "partitions_left"), 0);
    assert!(of(&left, "epoch") >= of(&cancelled, "epoch"), "{left} {cancelled}");
    let names: Vec<_> = cluster.members().as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["n1"]);
}

#[test]
fn a_change_is_cancelled_that_waits_for_who_is_lost_and_says_who_that_is() {
    let cluster = Cluster::start();
    cluster.join("n2").kill();
    cluster.ring(&["settings", "--grace-seconds", "1"]);
    let url = format!("http://{}", cluster.first.address);
    let (code, said, why) = ring(&url, &["apply", "--add", "n2", "--yes", "--wait"]);
    assert_eq!((code, &*said), (1, ""), "{why}");
    let cancelled = "the change was cancelled before everything had arrived, while n2 was down";
    assert!(why.contains(cancelled), "{why}");
    assert_eq!(cluster.members()["n2"]["state"], "spare");
}

#[test]
fn who_may_not_join_is_told_what_to_do() {
    let cluster = Cluster::start();
    let (secret, other) = (cluster.path("secret"), cluster.path("other"));
    write_private(&other, "another secret of enough bytes");
    for (secret, flags, advice) in [
        (&other, &["--server-id=n2"][..], "compare the secrets' files"),
        (&secret, &["--server-id=n2", "--cluster=other"], "ask for that with --cluster ringway"),
        (&secret, &["--server-id=n1"], "under another --server-id"),
    ] {
        let said = cluster.refuses(secret, &[flags, &["--peer-port=0"]].concat());
        assert!(said.contains(advice), "{flags:?}: {said}");
    }
}

#[test]
fn a_secret_that_others_can_read_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let secret = directory.path().join("secret");
    write_private(&secret, "a secret of enough bytes");
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o640)).unwrap();
    let flags = ["--secret-file", secret.to_str().unwrap()];
    let (code, said) = refused(ringway_node(&flags));
    assert_eq!(code, Some(64), "{said}");
    assert!(said.contains("is open to others (mode 640): chmod 600 it"), "{said}");
}

#[test]
fn who_comes_back_without_its_data_is_told_what_to_do() {
    let cluster = Cluster::start();
    let secret = cluster.path("secret");
    cluster.join("n2").kill();
    let port = cluster.peer("n2").rsplit(':').next().unwrap().to_owned();
    let said = cluster.refuses(&secret, &["--server-id", "n2", "--peer-port", &port]);
    assert!(said.contains("start it with its old data directory"), "{said}");
    assert!(said.contains("ringway ring apply --remove n2"), "{said}");
}

#[test]
fn who_has_another_clusters_data_joins_none_and_comes_back_to_its_own() {
    let (cluster, other) = (Cluster::start(), Cluster::start());
    cluster.join("n2").kill();
    let (here, there) = (cluster.peer("n1"), other.peer("n1"));
    // With one secret for both; with another nobody would tell it anything.
    let mut node = ringway_node(&["--server-id=n2", "--port=0", "--peer-port=0", "--join", &there]);
    node.arg("--data-directory").arg(cluster.path("n2"));
    node.arg("--secret-file").arg(cluster.path("secret"));
    let (code, said) = refused(node);
    assert_eq!(code, Some(1), "{said}");
    let advice = format!("{there}, which --join names, is of another one");
    assert!(said.contains(&advice) && said.contains("or without --join"), "{said}");
    assert_eq!(other.members().as_object().unwrap().len(), 1);

    // As launchers start it each time; and a list may hold addresses that are others' now.
    for addresses in [&here, &format!("{there},{here}")] {
        cluster.start_with_data("n2", addresses).kill();
    }
    // Nobody says anything there.
    other.first.kill();
    cluster.start_with_data("n2", &there);
}
