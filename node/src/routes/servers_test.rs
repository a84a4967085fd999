//! Servers that come and go, with a launcher that only says that it starts them.

use std::time::Duration;

use bytes::Bytes;
use http::Response;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::fixture::{Fixture, json_of, newcomer, refused};
use crate::launcher::FakeLauncher;
use crate::limits::Limits;
use crate::membership::{Cluster, Command};

/// n1 with a launcher.
struct Launching {
    it: Fixture,
    launcher: FakeLauncher,
    _secret: NamedTempFile,
}

/// Its owner's alone, as a node wants it.
fn secret_file() -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "a secret of 25 characters").unwrap();
    file
}

impl Launching {
    async fn open() -> Self {
        Self::with(Limits::default()).await
    }

    async fn with(limits: Limits) -> Self {
        let secret = secret_file();
        let launcher = FakeLauncher::listen(secret.path()).await;
        let path = secret.path().to_str().unwrap();
        let flags = ["--launcher", &launcher.url, "--secret-file", path];
        let it = Fixture::with(limits, &flags).await;
        launcher.serve(it.node.membership.clone());
        Self { it, launcher, _secret: secret }
    }
}

impl Fixture {
    async fn ask(&self, method: &str, target: &str, body: Value) -> Response<Bytes> {
        let request = warp::test::request().method(method).path(target);
        self.send(request.body(body.to_string())).await
    }

    async fn replicas(&self) -> Value {
        json_of(&self.call("GET", "/rep").await)
    }

    /// Returns when `is_so` of the cluster.
    async fn cluster(&self, is_so: impl FnMut(&std::sync::Arc<Cluster>) -> bool) {
        self.node.clusters.subscribe().wait_for(is_so).await.unwrap();
    }
}

fn done(answer: &Response<Bytes>, names: &[&str]) {
    assert_eq!(answer.status(), 200, "{answer:?}");
    let message = json!({ "N": names.len(), "replicas": names });
    assert_eq!(json_of(answer), json!({ "message": message, "status": "successful" }));
}

fn is_member(cluster: &Cluster, name: &str) -> bool {
    cluster.members().contains_key(&name.parse().unwrap())
}

#[tokio::test]
async fn servers_are_started_join_and_are_put_into_the_ring() {
    let Launching { it, launcher, .. } = Launching::open().await;
    let added = it.ask("POST", "/add", json!({ "n": 3, "hostnames": ["a", "n7"] })).await;
    done(&added, &["a", "n1", "n7", "n8"]);
    assert_eq!(launcher.running(), ["a", "n7", "n8"]);
    assert_eq!(it.replicas().await["N"], 4);
    let target = it.node.membership.present();
    assert_eq!(target.target().unwrap().added.len(), 3, "one change for all");
}

#[tokio::test]
async fn one_server_is_added_by_name_or_without() {
    for (target, body, name) in [
        ("/add_server", "", "n2"),
        ("/add_server?hostname=b", "", "b"),
        ("/add_server", r#"{"hostname":"c"}"#, "c"),
    ] {
        let Launching { it, launcher, .. } = Launching::open().await;
        let request = warp::test::request().method("POST").path(target).body(body);
        let mut names = vec!["n1", name];
        names.sort_unstable();
        done(&it.send(request).await, &names);
        assert_eq!(launcher.running(), [name]);
    }
}

#[tokio::test]
async fn where_one_can_not_be_started_none_is_added_and_the_others_are_stopped() {
    let Launching { it, launcher, .. } = Launching::open().await;
    launcher.break_node("b");
    let failed = it.ask("POST", "/add", json!({ "n": 2, "hostnames": ["a", "b"] })).await;
    assert_eq!(refused(&failed), (503, "image_missing".into()));
    assert_eq!(it.replicas().await, json!({ "N": 1, "replicas": ["n1"] }));
    it.cluster(|cluster| !is_member(cluster, "a")).await;
    assert_eq!(launcher.stopped(), [("a".to_owned(), false)]);
    assert_eq!(it.node.membership.present().target(), None);
}

#[tokio::test]
async fn who_comes_while_the_ring_changes_waits_and_who_holds_nothing_goes_at_once() {
    let Launching { it, .. } = Launching::open().await;
    // Nobody is there who could take its share: that goes on until it is cancelled.
    it.ask("POST", "/add", json!({ "n": 1, "hostnames": ["a"] })).await;
    it.node.membership.propose(Command::Join(newcomer(2))).await.unwrap();
    it.cluster(|cluster| is_member(cluster, "n2")).await;
    done(&it.call("POST", "/remove_server?hostname=n2").await, &["a", "n1"]);

    let add = it.ask("POST", "/add", json!({ "n": 1, "hostnames": ["b"] }));
    let cancel = async {
        it.cluster(|cluster| is_member(cluster, "b")).await;
        it.node.membership.propose(Command::Cancel).await.unwrap();
    };
    let (added, ()) = tokio::join!(add, cancel);
    done(&added, &["b", "n1"]);
    let cluster = it.node.membership.present();
    let added = &cluster.target().unwrap().added;
    assert_eq!(added.iter().map(ToString::to_string).collect::<Vec<_>>(), ["b"]);
}

#[tokio::test]
async fn who_has_waited_for_long_is_told_when_to_ask_again_and_leaves_nothing_behind() {
    let limits = Limits { ring_patience: Duration::from_millis(20), ..Limits::default() };
    let Launching { it, launcher, .. } = Launching::with(limits).await;
    it.ask("POST", "/add", json!({ "n": 1, "hostnames": ["a"] })).await;
    let late = it.ask("POST", "/add", json!({ "n": 2, "hostnames": ["b", "c"] })).await;
    assert_eq!(refused(&late), (409, "ring_changing".into()));
    let seconds: u64 = late.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!(seconds > 0);
    let sentence = json_of(&late)["error"].to_string();
    assert!(sentence.contains("adding a") && sentence.contains("no server has come"), "{sentence}");
    it.cluster(|cluster| !is_member(cluster, "b") && !is_member(cluster, "c")).await;
    assert_eq!(launcher.running(), ["a"]);
    let target = it.node.membership.present();
    assert_eq!(target.target().unwrap().added.len(), 1, "the other change goes on");
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused_before_anything_starts() {
    let Launching { it, launcher, .. } = Launching::open().await;
    let taken = it.ask("POST", "/add", json!({ "n": 2, "hostnames": ["n1"] })).await;
    assert_eq!(refused(&taken), (400, "hostname_taken".into()));
    assert_eq!(launcher.running(), Vec::<String>::new());
}

#[tokio::test]
async fn without_a_launcher_nothing_is_added_and_the_answer_says_which_flag() {
    let it = Fixture::alone().await;
    let answer = it.ask("POST", "/add", json!({ "n": 1 })).await;
    assert_eq!(refused(&answer), (501, "no_launcher".into()));
    let sentence = json_of(&answer)["error"].to_string();
    assert!(sentence.contains("--launcher") && sentence.contains("RINGWAY_LAUNCHER"), "{sentence}");
    assert_eq!(it.replicas().await, json!({ "N": 1, "replicas": ["n1"] }));
}

#[tokio::test]
async fn a_launcher_that_is_away_is_named() {
    let secret = secret_file();
    // Port 1 is nobody's.
    let path = secret.path().to_str().unwrap();
    let flags = ["--launcher", "http://127.0.0.1:1", "--secret-file", path];
    let it = Fixture::with(Limits::default(), &flags).await;
    let answer = it.ask("POST", "/add", json!({ "n": 1 })).await;
    assert_eq!(refused(&answer), (503, "launcher_unreachable".into()));
    assert!(json_of(&answer)["error"].to_string().contains("127.0.0.1:1"), "{answer:?}");
    assert_eq!(it.replicas().await["N"], 1);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let it = Fixture::alone().await;
    let named = |n: u64, names: &[&str]| json!({ "n": n, "hostnames": names });
    for (method, target, body, expected) in [
        ("POST", "/add", json!({ "n": 0 }), "bad_count"),
        ("POST", "/add", json!({}), "bad_servers_request"),
        ("POST", "/add", named(1, &["a", "b"]), "too_many_hostnames"),
        ("POST", "/add", named(1, &["a b"]), "bad_hostname"),
        ("DELETE", "/rm", json!({ "n": 0 }), "bad_count"),
        ("DELETE", "/rm", named(1, &["a", "b"]), "too_many_hostnames"),
        ("DELETE", "/rm", named(1, &["n9"]), "no_such_server"),
        ("DELETE", "/rm", named(1, &["n1"]), "too_few_left"),
        ("DELETE", "/rm", json!({ "n": 1 }), "too_few_left"),
        ("POST", "/add_server?port=7", Value::Null, "bad_query"),
        ("POST", "/add_server?hostname=a%20b", Value::Null, "bad_hostname"),
        ("POST", "/add_server", json!({ "name": "a" }), "bad_servers_request"),
        ("POST", "/remove_server?hostname=n9", Value::Null, "no_such_server"),
        ("POST", "/remove_server?port=x", Value::Null, "bad_query"),
        ("GET", "/shutdown", Value::Null, "bad_query"),
        ("GET", "/shutdown?port=70000", Value::Null, "bad_query"),
        ("GET", "/shutdown?hostname=n9", Value::Null, "no_such_server"),
    ] {
        let answer = it.ask(method, target, body.clone()).await;
        assert_eq!(refused(&answer), (400, expected.into()), "{method} {target} {body}");
    }
    for (method, target) in [("POST", "/remove_server?port=7"), ("GET", "/shutdown?port=7")] {
        let answer = it.call(method, target).await;
        assert_eq!(refused(&answer), (404, "no_server_on_port".into()), "{method} {target}");
    }
}

#[tokio::test]
async fn a_server_that_holds_nothing_is_removed_and_forgotten() {
    for (method, target, body) in [
        ("DELETE", "/rm", r#"{"n":1,"hostnames":["n2"]}"#),
        ("POST", "/remove_server?hostname=n2", ""),
        ("POST", "/remove_server?port=8081", ""),
        ("POST", "/remove_server", r#"{"port":8081}"#),
    ] {
        let it = Fixture::alone().await;
        it.node.membership.propose(Command::Join(newcomer(2))).await.unwrap();
        it.cluster(|cluster| is_member(cluster, "n2")).await;
        let request = warp::test::request().method(method).path(target).body(body);
        done(&it.send(request).await, &["n1"]);
        it.cluster(|cluster| !is_member(cluster, "n2")).await;
    }
}

#[tokio::test]
async fn a_server_that_the_launcher_runs_is_stopped_by_it_and_keeps_its_data() {
    let Launching { it, launcher, .. } = Launching::open().await;
    it.ask("POST", "/add", json!({ "n": 1, "hostnames": ["a"] })).await;
    let answer = it.call("GET", "/shutdown?port=20000").await;
    let said = json!({ "message": "Server a has ended", "status": "successful" });
    assert_eq!(json_of(&answer), said);
    assert_eq!(launcher.stopped(), [("a".to_owned(), true)]);
    assert_eq!(it.replicas().await["N"], 2, "it may come back");

    let answer = it.call("POST", "/shutdown?hostname=a").await;
    assert_eq!(refused(&answer), (503, "server_unreachable".into()), "nobody runs it now");
}

#[tokio::test]
async fn the_server_that_answers_ends_after_its_answer() {
    // Both with a launcher that does not run it, and without.
    let Launching { it: launching, .. } = Launching::open().await;
    for it in [Fixture::alone().await, launching] {
        let answer = it.call("GET", "/shutdown?port=8080").await;
        let said = json!({ "message": "Server n1 is ending", "status": "successful" });
        assert_eq!(json_of(&answer), said);
        it.node.ending.asked().await;
    }
}
