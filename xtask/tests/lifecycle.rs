//! Servers are added and removed through either edge: real processes come up, take their share of
//! the data, and are gone again when others have it.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU16;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use ringway_ring::NodeId;
use serde_json::{Value, json};
use xtask::stack::{Stack, StackOptions};
use xtask::wait;

/// A server may take as long to hand everything over and end.
const PATIENCE: Duration = Duration::from_mins(2);
const KEYS: usize = 60;

struct Edge {
    url: String,
    client: Client,
}

impl Edge {
    fn at(url: String) -> Self {
        Self { url, client: Client::builder().no_proxy().timeout(PATIENCE).build().unwrap() }
    }

    async fn ask(&self, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.client.request(method, format!("{}{path}", self.url));
        let answer = request.body(body.to_string()).send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
    }

    async fn add(&self, body: Value) -> (StatusCode, Value) {
        self.ask(Method::POST, "/add", body).await
    }

    async fn rm(&self, body: Value) -> (StatusCode, Value) {
        self.ask(Method::DELETE, "/rm", body).await
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    }

    async fn put_all(&self) {
        for key in 0..KEYS {
            let put = self.client.put(format!("{}/kv/{key}", self.url)).body(key.to_string());
            assert_eq!(put.send().await.unwrap().status(), StatusCode::CREATED, "{key}");
        }
    }

    async fn assert_all_there(&self) {
        for key in 0..KEYS {
            let got = self.client.get(format!("{}/kv/{key}", self.url)).send().await.unwrap();
            assert_eq!(got.status(), StatusCode::OK, "{key}");
            assert_eq!(got.text().await.unwrap(), key.to_string());
        }
    }

    /// Returns when whichever node is asked says that these are the members and nothing moves.
    async fn settled(&self, members: &[&str]) {
        let mut status = Value::Null;
        let is_settled = wait::until(PATIENCE, async || {
            status = self.get("/ring/status").await;
            names(&status) == members.iter().map(ToString::to_string).collect()
                && status["partitions_left"] == 0
        });
        assert!(is_settled.await, "not {members:?}: {status}");
    }

    async fn client_port(&self, id: &str) -> u16 {
        let status = self.get("/ring/status").await;
        let address: SocketAddr =
            status["members"][id]["client"].as_str().unwrap().parse().unwrap();
        address.port()
    }
}

fn names(status: &Value) -> BTreeSet<String> {
    status["members"].as_object().map(|it| it.keys().cloned().collect()).unwrap_or_default()
}

fn done(names: &[&str]) -> (StatusCode, Value) {
    let message = json!({ "N": names.len(), "replicas": names });
    (StatusCode::OK, json!({ "message": message, "status": "successful" }))
}

/// The status and the code of what was refused.
fn refused((status, body): (StatusCode, Value)) -> (u16, String) {
    (status.as_u16(), body["code"].as_str().unwrap_or_else(|| panic!("{status} {body}")).to_owned())
}

/// The nodes whose parent is the process `of`.
fn nodes_of(of: u32) -> usize {
    let entries = fs::read_dir("/proc").unwrap().flatten();
    let is_node = |path: std::path::PathBuf| {
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        // The second field is the program's name in parentheses, which may hold anything.
        let (name, rest) = stat.rsplit_once(')')?;
        let parent: u32 = rest.split_whitespace().nth(1)?.parse().ok()?;
        Some(parent == of && name.ends_with("(ringway"))
    };
    entries.filter(|entry| is_node(entry.path()) == Some(true)).count()
}

#[tokio::test]
async fn a_server_comes_takes_its_share_and_goes_without_a_trace() {
    let moving_max = NonZeroU16::new(1024);
    let options = StackOptions { launcher: true, haproxy: true, moving_max, ..StackOptions::of(3) };
    let mut stack = Stack::start(options).await.unwrap();
    let (edge, haproxy) = (Edge::at(stack.edge().url()), Edge::at(stack.haproxy().url()));
    let three = json!({ "N": 3, "replicas": ["n1", "n2", "n3"] });
    edge.put_all().await;

    // What can't be done leaves everything as it is.
    let named = |n: u64, names: &[&str]| json!({ "n": n, "hostnames": names });
    assert_eq!(refused(edge.add(named(1, &["a", "b"])).await), (400, "too_many_hostnames".into()));
    assert_eq!(refused(edge.add(named(1, &["n2"])).await), (400, "hostname_taken".into()));
    assert_eq!(refused(edge.rm(named(1, &["n9"])).await), (400, "no_such_server".into()));
    for edge in [&edge, &haproxy] {
        assert_eq!(refused(edge.rm(json!({ "n": 1 })).await), (400, "too_few_left".into()));
    }
    stack.stop_launcher();
    let away = edge.add(json!({ "n": 1 })).await;
    assert_eq!(refused(away), (503, "launcher_unreachable".into()));
    stack.start_launcher().await.unwrap();
    // Of two one can't be started, so the other is stopped again.
    let launched = stack.launched();
    fs::write(launched.join("node-broken"), "not a directory").unwrap();
    let half = edge.add(named(2, &["broken", "whole"])).await;
    assert_eq!(refused(half), (503, "file_refused".into()));
    edge.settled(&["n1", "n2", "n3"]).await;
    assert_eq!(edge.get("/rep").await, three);
    let is_gone = async || {
        nodes_of(stack.launcher().pid().unwrap()) == 0 && !launched.join("node-whole").exists()
    };
    assert!(wait::until(PATIENCE, is_gone).await);

    assert_eq!(edge.add(named(1, &["extra"])).await, done(&["extra", "n1", "n2", "n3"]));
    // Others may follow before it has its share: they wait for that.
    assert_ne!(edge.get("/ring/status").await["partitions_left"], 0);
    let five = ["extra", "n1", "n2", "n3", "n4"];
    assert_eq!(haproxy.add(json!({ "n": 1 })).await, done(&five));
    edge.settled(&five).await;
    assert_eq!(edge.get("/rep").await["N"], 5);
    let port = edge.client_port("extra").await;
    let home = stack_get(&format!("http://127.0.0.1:{port}/home")).await;
    assert_eq!(home["message"], "Hello from Server: extra");
    let holds = edge.get("/ring/status").await;
    assert_eq!(holds["members"]["extra"]["state"], "active");
    assert_eq!(nodes_of(stack.launcher().pid().unwrap()), 2);
    assert!(launched.join("node-extra/data").exists());
    edge.assert_all_there().await;

    assert_eq!(haproxy.rm(named(1, &["extra"])).await, done(&["n1", "n2", "n3", "n4"]));
    assert_ne!(edge.get("/ring/status").await["partitions_left"], 0);
    assert_eq!(edge.rm(json!({ "n": 1 })).await, done(&["n1", "n2", "n3"]));
    edge.settled(&["n1", "n2", "n3"]).await;
    assert_eq!(edge.get("/rep").await, three);
    assert_eq!(nodes_of(stack.launcher().pid().unwrap()), 0);
    assert!(!launched.join("node-extra").exists() && !launched.join("node-n4").exists());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    edge.assert_all_there().await;
    assert!(stack.take_ended().is_empty());
}

#[tokio::test]
async fn servers_come_by_tokens_where_the_nodes_speak_tls_and_restart_without() {
    let options =
        StackOptions { peer_tls: true, launcher: true, edge: false, ..StackOptions::of(3) };
    let mut stack = Stack::start(options).await.unwrap();
    let first = Edge::at(stack.nodes()[0].url());
    first.put_all().await;
    let five = ["n1", "n2", "n3", "n4", "n5"];
    assert_eq!(first.add(json!({ "n": 2 })).await, done(&five));
    first.settled(&five).await;
    first.assert_all_there().await;
    for id in ["n4", "n5"] {
        let home = stack.launched().join(format!("node-{id}"));
        assert!(!home.join("join-token").exists(), "it is used up");
        let kept = fs::read_to_string(home.join("launched.json")).unwrap();
        assert!(!kept.contains("ringway-join-"), "{kept}");
    }

    stack.stop_launcher();
    stack.start_launcher().await.unwrap();
    let port = first.client_port("n5").await;
    let is_back = async || reqwest::get(format!("http://127.0.0.1:{port}/home")).await.is_ok();
    assert!(wait::until(PATIENCE, is_back).await, "n5 needs no token again");
    let n1 = &stack.nodes()[0];
    let connected = async || n1.metric("ringway_peers_connected").await == Some(4);
    assert!(wait::until(PATIENCE, connected).await);
    first.assert_all_there().await;
}

async fn stack_get(url: &str) -> Value {
    let answer = reqwest::get(url).await.unwrap();
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_server_that_nobody_launched_ends_by_itself_and_one_that_is_shut_down_finishes() {
    let options = StackOptions { haproxy: true, ..StackOptions::of(4) };
    let mut stack = Stack::start(options).await.unwrap();
    let (edge, haproxy) = (Edge::at(stack.edge().url()), Edge::at(stack.haproxy().url()));
    edge.put_all().await;
    let without = edge.add(json!({ "n": 1 })).await;
    assert_eq!(refused(without), (501, "no_launcher".into()));

    // The first node made the cluster, and most likely leads its consensus.
    let removed = edge.rm(json!({ "n": 1, "hostnames": ["n1"] })).await;
    assert_eq!(removed, done(&["n2", "n3", "n4"]));
    edge.settled(&["n2", "n3", "n4"]).await;
    assert_eq!(ended(&mut stack, "n1").await, "exit status: 0");
    stack.remove(&"n1".parse().unwrap());
    edge.assert_all_there().await;

    // n3 has half of a value, and is told to end.
    let id: NodeId = "n3".parse().unwrap();
    let address = stack.node(&id).address();
    let mut upload = TcpStream::connect(address).unwrap();
    upload.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = "PUT /kv/slow HTTP/1.1\r\nhost: n3\r\nexpect: 100-continue\r\ncontent-length: 8";
    upload.write_all(format!("{head}\r\n\r\n").as_bytes()).unwrap();
    let mut go_on = [0; 25];
    upload.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    upload.write_all(b"half").unwrap();
    let port = address.port();
    let shutdown = async { haproxy.get(&format!("/shutdown?port={port}")).await };
    let finish = async {
        let refuses = async || TcpStream::connect(address).is_err();
        assert!(wait::until(PATIENCE, refuses).await, "it takes no more");
        upload.write_all(b"half").unwrap();
        let mut answer = String::new();
        upload.read_to_string(&mut answer).unwrap();
        answer
    };
    let (said, answer) = tokio::join!(shutdown, finish);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(said["status"], "successful", "{said}");
    assert_eq!(ended(&mut stack, "n3").await, "exit status: 0");
    assert_eq!(edge.get("/rep").await["N"], 3, "it may come back");
    edge.assert_all_there().await;
    stack.restart(&id).await.unwrap();
    stack.settle().await.unwrap();
    edge.assert_all_there().await;
}

/// How the node `id` ended, which is waited for.
async fn ended(stack: &mut Stack, id: &str) -> String {
    let mut told = String::new();
    let is_told = wait::until(PATIENCE, async || {
        for ended in stack.take_ended() {
            told = ended.to_string();
        }
        told.starts_with(&format!("{id} ended"))
    });
    assert!(is_told.await, "{told:?}");
    let how = told.split(['(', ')']).nth(1);
    how.unwrap().to_owned()
}
