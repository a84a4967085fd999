//! Every route and every refusal, without a socket.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use http::{Response, StatusCode};
use ringway_replica::{Body, Operation, Outcome, Reason, Record, Version, Wall};
use ringway_ring::{Health, Key, RequestTarget, Weight, Zone};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::DiskId;
use crate::args::{Args, Command};
use crate::config::Config;
use crate::limits::Limits;
use crate::membership::{Change, Command as ClusterCommand, Newcomer};
use crate::opening::{Listening, OpenNode};
use crate::view_watch::PublishedView;

pub(super) struct Fixture {
    pub(super) node: Arc<Node>,
    _open: OpenNode,
    _directory: TempDir,
}

impl Fixture {
    /// A node alone.
    pub(super) async fn alone() -> Self {
        Self::with_limits(Limits::default()).await
    }

    async fn with_limits(limits: Limits) -> Self {
        Self::with(limits, &[]).await
    }

    /// A node with these flags too.
    pub(super) async fn with(limits: Limits, flags: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        let data = data.to_str().unwrap();
        let words =
            ["ringway", "node", "--bootstrap", "--peer-port", "9080", "--data-directory", data];
        let command = Args::parse_from(words.iter().chain(flags)).command;
        let Command::Node(args) = command else { panic!("{command:?}") };
        let mut config = Config::validate(args).unwrap();
        config.limits = limits;
        let client: SocketAddr = "127.0.0.1:8080".parse().unwrap();
        let open = OpenNode::open(config, Listening { client, peer: None }).await.unwrap();
        Self { node: Arc::clone(&open.node), _open: open, _directory: directory }
    }

    /// n1 of a ring of `nodes` nodes, of which the others aren't there and will not come.
    async fn alone_of(nodes: u16) -> Self {
        let patience = Duration::from_millis(20);
        let limits =
            Limits { read_timeout: patience, write_timeout: patience, ..Limits::default() };
        let it = Self::with_limits(limits).await;
        let others = (2..=nodes).map(newcomer).collect::<Vec<_>>();
        let add = others.iter().map(|other| other.id.clone()).collect();
        for other in others {
            it.node.membership.propose(ClusterCommand::Join(other)).await.unwrap();
        }
        let change = Change { add, ..Change::default() };
        it.node.membership.propose(ClusterCommand::Change(change)).await.unwrap();
        while it.node.membership.present().target().is_some() {
            // The coordinator may be faster with the one, and waits for nobody with the other.
            let cluster = it.node.membership.present();
            let complete = cluster.to_complete(|_, _, _| true);
            let begin = cluster.to_begin(cluster.moving().count() - complete.len());
            let _ = it.node.membership.propose(ClusterCommand::Move { complete, begin }).await;
        }
        // Nothing more changes once it is noted who isn't there.
        let all_noted = |published: &PublishedView| {
            let down = published.view.nodes().iter().filter(|node| node.health == Health::Down);
            published.view.moving().is_empty() && down.count() == usize::from(nodes) - 1
        };
        it.node.views.next(all_noted).await.unwrap();
        it
    }

    pub(super) async fn send(&self, request: warp::test::RequestBuilder) -> Response<bytes::Bytes> {
        let response = request.reply(&routes(&self.node)).await;
        let epoch: u64 = response.headers()["x-ringway-epoch"].to_str().unwrap().parse().unwrap();
        assert!((1..=self.node.views.present().view.epoch().get()).contains(&epoch));
        response
    }

    pub(super) async fn call(&self, method: &str, target: &str) -> Response<bytes::Bytes> {
        self.send(warp::test::request().method(method).path(target)).await
    }

    pub(super) async fn put(&self, key: &str, value: &str) -> Response<bytes::Bytes> {
        let request = warp::test::request().method("PUT").path(&format!("/kv/{key}"));
        self.send(request.header("content-type", "text/x").body(value)).await
    }

    /// `method` on `/kv/k`, on the condition that `header` makes.
    async fn only_if(&self, method: &str, header: &str, tag: &str) -> Response<bytes::Bytes> {
        let request = warp::test::request().method(method).path("/kv/k");
        let body = if method == "PUT" { tag } else { "" };
        self.send(request.header(header, tag).body(body)).await
    }

    /// When the value of `key` expires.
    async fn expires(&self, key: &'static str) -> Option<Wall> {
        let (key, patience) = (Key::new(key).unwrap(), Duration::from_mins(1));
        match self.node.replication.perform(key, Operation::Read, patience).await {
            Outcome::Found(Record { body: Body::Value(value), .. }) => value.expires,
            outcome => panic!("{outcome:?}"),
        }
    }
}

/// The node called `n{number}`.
pub(super) fn newcomer(number: u16) -> Newcomer {
    let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port + number));
    Newcomer {
        id: format!("n{number}").parse().unwrap(),
        client: address(8079),
        peer: address(9079),
        zone: Zone::default(),
        weight: Weight::ONE,
        disk: DiskId::random().unwrap(),
    }
}

/// The version in the answer to a write, after a look at its `ETag`.
fn version_of(response: &Response<bytes::Bytes>) -> Version {
    let version = json_of(response)["version"].as_str().unwrap().to_owned();
    if let Some(etag) = response.headers().get("etag") {
        assert_eq!(etag, &format!("\"{version}\""));
    }
    version.parse().unwrap()
}

pub(super) fn json_of(response: &Response<bytes::Bytes>) -> Value {
    assert_eq!(response.headers()["content-type"], "application/json");
    serde_json::from_slice(response.body()).unwrap()
}

/// The refusal's code, after a look at its shape.
pub(super) fn refused(response: &Response<bytes::Bytes>) -> (u16, String) {
    let body = json_of(response);
    assert!(body["error"].as_str().is_some_and(|sentence| sentence.len() > 10), "{body}");
    (response.status().as_u16(), body["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn who_routes_by_an_older_view_is_told() {
    let it = Fixture::alone().await;
    let present = it.node.views.present().view.epoch().get();
    let behind = async |route: &str| {
        let request = warp::test::request().path("/kv/k").header("x-ringway-route", route);
        it.send(request).await.headers().get("x-ringway-behind").cloned()
    };
    assert_eq!(behind(&format!("127.0.0.1:8080,epoch={}", present - 1)).await.unwrap(), "1");
    for up_to_date in [present, present + 1] {
        assert_eq!(behind(&format!("127.0.0.1:8080,epoch={up_to_date}")).await, None);
    }
    for silent in ["127.0.0.1:8080", "n1:n2:n3", "epoch=", "epoch=é"] {
        assert_eq!(behind(silent).await, None, "{silent}");
    }
    assert!(!it.call("GET", "/kv/k").await.headers().contains_key("x-ringway-behind"));
}

#[tokio::test]
async fn a_value_is_stored_replaced_read_and_deleted() {
    let it = Fixture::alone().await;
    let created = it.put("a%20b/c", "one").await;
    assert_eq!(created.status(), StatusCode::CREATED);
    assert_eq!(json_of(&created)["key"], "a b/c");
    assert_eq!(created.headers()["x-ringway-node"], "n1");

    let replaced = it.put("a%20b/c", "two").await;
    assert_eq!(replaced.status(), StatusCode::OK);
    assert!(version_of(&replaced) > version_of(&created));

    for target in ["/kv/a%20b/c", "/kv/a%20b/c?consistency=one"] {
        let read = it.call("GET", target).await;
        assert_eq!((read.status(), &read.body()[..]), (StatusCode::OK, &b"two"[..]));
        assert_eq!(read.headers()["content-type"], "text/x");
        assert_eq!(read.headers()["etag"], replaced.headers()["etag"]);
        assert_eq!(read.headers()["x-ringway-node"], "n1");
    }
    let strange = it.call("GET", "/kv/a%20b/c?consistency=two").await;
    assert_eq!(refused(&strange), (400, "bad_query".into()));

    let head = it.call("HEAD", "/kv/a%20b/c").await;
    assert_eq!((head.status(), head.body().len()), (StatusCode::OK, 0));
    assert_eq!(head.headers()["content-length"], "3");

    let deleted = it.call("DELETE", "/kv/a%20b/c").await;
    assert_eq!(json_of(&deleted)["key"], "a b/c");
    for method in ["GET", "HEAD", "DELETE"] {
        let gone = it.call(method, "/kv/a%20b/c").await;
        assert_eq!(refused(&gone), (404, "no_such_key".into()), "{method}");
    }
    let again = it.put("a%20b/c", "three").await;
    assert_eq!(again.status(), StatusCode::CREATED);
    assert!(version_of(&again) > version_of(&deleted), "no version is given twice");
}

#[tokio::test]
async fn an_etag_that_the_client_has_saves_the_body() {
    let it = Fixture::alone().await;
    let etag = it.put("k", "v").await.headers()["etag"].to_str().unwrap().to_owned();
    let (weak, among) = (format!("W/{etag}"), format!("\"0\", {etag}"));
    for (tags, status) in [(&*etag, 304), ("*", 304), (&weak, 304), (&among, 304), ("\"2\"", 200)] {
        let answer = it.only_if("GET", "if-none-match", tags).await;
        assert_eq!(answer.status(), status, "{tags}");
        assert_eq!(answer.headers()["etag"], etag);
    }
}

#[tokio::test]
async fn a_write_on_a_condition_happens_only_where_it_holds() {
    let it = Fixture::alone().await;
    for (method, header, tag) in
        [("PUT", "if-match", "*"), ("PUT", "if-match", "\"1.1.1.1\""), ("DELETE", "if-match", "*")]
    {
        let failed = it.only_if(method, header, tag).await;
        assert_eq!(refused(&failed), (412, "condition_failed".into()), "{method} {header} {tag}");
        assert!(!failed.headers().contains_key("etag"), "there is nothing yet");
    }
    let first = it.only_if("PUT", "if-none-match", "*").await;
    assert_eq!(first.status(), StatusCode::CREATED);
    let present = first.headers()["etag"].to_str().unwrap();
    let weak = format!("W/{present}");
    for (method, header, tag) in [
        ("PUT", "if-none-match", "*"),
        ("PUT", "if-match", "\"1.1.1.1\""),
        ("PUT", "if-match", "\"of another server\""),
        ("PUT", "if-match", &weak),
        ("DELETE", "if-match", "\"1.1.1.1\""),
    ] {
        let failed = it.only_if(method, header, tag).await;
        assert_eq!(refused(&failed), (412, "condition_failed".into()), "{method} {header} {tag}");
        assert_eq!(failed.headers()["etag"], present);
    }
    let second = it.only_if("PUT", "if-match", present).await;
    assert_eq!(second.status(), StatusCode::OK);
    let third = it.only_if("PUT", "if-match", "*").await;
    assert_eq!(third.status(), StatusCode::OK);
    assert!(version_of(&third) > version_of(&second));
    let third = third.headers()["etag"].to_str().unwrap();
    assert_eq!(it.only_if("DELETE", "if-match", third).await.status(), StatusCode::OK);
    assert_eq!(it.call("GET", "/kv/k").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_condition_that_is_not_understood_changes_nothing() {
    let it = Fixture::alone().await;
    it.put("k", "v").await;
    for (method, header, tag) in [
        ("PUT", "if-match", "1.1.1.1"),
        ("PUT", "if-match", "\"1\", \"2\""),
        ("PUT", "if-none-match", "\"1.1.1.1\""),
        ("DELETE", "if-match", ""),
        ("DELETE", "if-none-match", "*"),
    ] {
        let answer = it.only_if(method, header, tag).await;
        assert_eq!(refused(&answer), (400, "bad_condition".into()), "{method} {header} {tag}");
    }
    for target in ["/put?key=k&value=w", "/del?key=k"] {
        let method = if target.starts_with("/put") { "PUT" } else { "DELETE" };
        let request = warp::test::request().method(method).path(target).header("if-match", "x");
        assert_eq!(refused(&it.send(request).await), (400, "bad_condition".into()), "{target}");
    }
    assert_eq!(&it.call("GET", "/kv/k").await.body()[..], b"v");
}

#[tokio::test]
async fn a_value_lives_for_as_long_as_was_asked_for() {
    let it = Fixture::alone().await;
    for target in ["/kv/k?ttl=100", "/put?key=k&value=v&ttl=100"] {
        assert!(it.call("PUT", target).await.status().is_success(), "{target}");
        assert_eq!(it.call("GET", "/kv/k").await.status(), StatusCode::OK);
        assert!(it.expires("k").await.is_some());
    }
    it.put("k", "v").await;
    assert_eq!(it.expires("k").await, None);
    for ttl in ["0", "-1", "1.5", "x", "3153600001", ""] {
        for target in [format!("/kv/k?ttl={ttl}"), format!("/put?key=k&value=v&ttl={ttl}")] {
            let answer = it.call("PUT", &target).await;
            assert_eq!(refused(&answer), (400, "bad_query".into()), "{target}");
        }
    }
}

#[tokio::test]
async fn the_query_forms_are_the_same_three() {
    let it = Fixture::alone().await;
    let put = it.call("PUT", "/put?key=a+b&value=1%2B1+is+2").await;
    assert_eq!(put.status(), StatusCode::CREATED);
    let got = it.call("GET", "/get?key=a%20b").await;
    assert_eq!(&got.body()[..], b"1+1 is 2");
    assert_eq!(got.headers()["content-type"], "text/plain; charset=utf-8");
    assert_eq!(&it.call("GET", "/kv/a%20b").await.body()[..], b"1+1 is 2");
    assert_eq!(it.call("DELETE", "/del?key=a+b").await.status(), StatusCode::OK);
    assert_eq!(it.call("GET", "/get?key=a+b").await.status(), StatusCode::NOT_FOUND);
    for (target, code) in [
        ("/put?key=a", "value_missing"),
        ("/put?key=a&value=%zz", "bad_escape"),
        ("/put?key=a&value=%ff", "invalid_utf8"),
        ("/put?value=a", "key_missing"),
    ] {
        assert_eq!(refused(&it.call("PUT", target).await), (400, code.into()), "{target}");
    }
}

#[tokio::test]
async fn keys_are_listed_in_order_and_by_pages() {
    let it = Fixture::alone().await;
    for key in ["b/2", "a", "b/1", "b/3", "c"] {
        it.put(key, "four").await;
    }
    let page = json_of(&it.call("GET", "/kv?prefix=b/&limit=2").await);
    let keys = |page: &Value| -> Vec<String> {
        let keys = page["keys"].as_array().unwrap().iter();
        keys.map(|listed| listed["key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&page), ["b/1", "b/2"]);
    let etag = it.call("GET", "/kv/b/1").await.headers()["etag"].to_str().unwrap().to_owned();
    let first = json!({ "key": "b/1", "version": etag.trim_matches('"'), "bytes": 4 });
    assert_eq!(page["keys"][0], first);
    assert_eq!(page["next"], "b/2");
    let last = json_of(&it.call("GET", "/kv?prefix=b/&limit=2&after=b/2").await);
    assert_eq!((keys(&last), &last["next"]), (vec!["b/3".into()], &Value::Null));
    assert_eq!(keys(&json_of(&it.call("GET", "/kv").await)).len(), 5);
    for target in ["/kv?limit=0", "/kv?limit=1001", "/kv?limit=x", "/kv?prefix=%ff"] {
        assert_eq!(refused(&it.call("GET", target).await), (400, "bad_query".into()), "{target}");
    }
}

#[tokio::test]
async fn every_wrong_method_is_refused_with_the_right_ones() {
    let it = Fixture::alone().await;
    for (target, wrong, allow) in [
        ("/kv/a", "POST", "GET, HEAD, PUT, DELETE"),
        ("/kv", "PUT", "GET, HEAD"),
        ("/kv", "DELETE", "GET, HEAD"),
        ("/put?key=a&value=b", "GET", "PUT"),
        ("/get?key=a", "PUT", "GET, HEAD"),
        ("/del?key=a", "GET", "DELETE"),
        ("/map_request?id=1", "POST", "GET, HEAD"),
        ("/explain/a", "DELETE", "GET, HEAD"),
        ("/ring", "POST", "GET, HEAD"),
        ("/ring/change", "GET", "POST"),
        ("/ring/cancel", "GET", "POST"),
        ("/ring/plan", "GET", "POST"),
        ("/ring/leave", "DELETE", "POST"),
        ("/ring/status", "POST", "GET, HEAD"),
        ("/ring/settings", "PUT", "GET, HEAD, POST"),
        ("/v3/discovery:endpoints", "GET", "POST"),
        ("/heartbeat", "PUT", "GET, HEAD"),
        ("/home", "PATCH", "GET, HEAD"),
        ("/rep", "POST", "GET, HEAD"),
        ("/metrics", "POST", "GET, HEAD"),
        ("/add", "GET", "POST"),
        ("/rm", "POST", "DELETE"),
        ("/add_server", "GET", "POST"),
        ("/remove_server", "DELETE", "POST"),
        ("/shutdown?port=1", "HEAD", "GET, POST"),
    ] {
        let answer = it.call(wrong, target).await;
        assert_eq!(refused(&answer), (405, "method_not_allowed".into()), "{wrong} {target}");
        assert_eq!(answer.headers()["allow"], allow, "{wrong} {target}");
    }
}

#[tokio::test]
async fn an_unknown_path_is_no_route() {
    let it = Fixture::alone().await;
    for target in ["/", "/kvx", "/kvx/a", "//kv/a", "/home/x", "/put/", "/ring/x", "/KV/a", "/v3"] {
        let answer = it.call("GET", target).await;
        let (status, code) = refused(&answer);
        assert!(status == 404 && code == "no_such_route" || status == 405, "{target}: {code}");
    }
    assert_eq!(refused(&it.call("GET", "/nope?a;b").await), (400, "bad_query".into()));
}

#[tokio::test]
async fn the_node_reads_targets_as_the_vectors_say() {
    let it = Fixture::alone().await;
    let file: Value =
        serde_json::from_str(include_str!("../../../ring/vectors/request_targets.json")).unwrap();
    let mut run = 0;
    for vector in file["vectors"].as_array().unwrap() {
        let target = vector["target"].as_str().unwrap();
        // What no HTTP client can send never reaches a route.
        if vector["not_http"] == true {
            continue;
        }
        run += 1;
        let method = if target.starts_with("/put") {
            "PUT"
        } else if target.starts_with("/del") {
            "DELETE"
        } else {
            "GET"
        };
        let answer = it.call(method, target).await;
        if let Some(code) = vector["error"].as_str() {
            assert_eq!(refused(&answer), (400, code.into()), "{target}");
        } else if let Some(key) = vector["key"].as_str() {
            let parsed = RequestTarget::parse(target.as_bytes()).unwrap();
            assert_eq!(parsed, RequestTarget::Key(Key::new(key).unwrap()), "{target}");
            if target.starts_with("/explain/") {
                assert_eq!(json_of(&answer)["position"], vector["position"], "{target}");
            } else if method != "PUT" && answer.status() != StatusCode::OK {
                assert_eq!(refused(&answer), (404, "no_such_key".into()), "{target}");
            }
        } else if let Some(id) = vector["id"].as_i64() {
            assert_eq!(json_of(&answer)["request_id"], id, "{target}");
        } else {
            assert_ne!(answer.status(), StatusCode::BAD_REQUEST, "{target}");
        }
    }
    assert!(run > 100, "{run} vectors");
}

#[tokio::test]
async fn without_a_majority_nothing_is_done_and_the_answer_says_so() {
    let it = Fixture::alone_of(3).await;
    let explained = json_of(&it.call("GET", "/explain/k").await);
    assert_eq!(explained["replicas"].as_array().unwrap().len(), 3);
    assert_eq!(explained["reachable"], json!(["n1"]));
    assert_eq!(explained["serves"], Value::Null);
    for method in ["GET", "HEAD", "PUT", "DELETE"] {
        let answer = it.call(method, "/kv/k").await;
        let (status, code) = refused(&answer);
        assert!(
            status == 503 && ["no_majority", "no_leader"].contains(&&*code),
            "{method}: {code}"
        );
        assert_eq!(answer.headers()["x-ringway-outcome"], "not-applied");
        assert_eq!(answer.headers()["retry-after"], "1");
    }
    let listing = it.call("GET", "/kv").await;
    assert_eq!(refused(&listing), (503, "nodes_missing".into()));
    let sentence = json_of(&listing)["error"].as_str().unwrap().to_owned();
    assert!(sentence.contains("n2: ") && sentence.contains("n3: "), "{sentence}");
}

#[test]
fn a_refusal_says_whether_a_write_may_have_happened() {
    let unknown = Refusal::from(Outcome::Unknown).into_response();
    assert_eq!(unknown.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(unknown.headers()["x-ringway-outcome"], "unknown");
    assert!(!unknown.headers().contains_key("retry-after"), "it must not be sent again blindly");
    for reason in
        [Reason::Timeout, Reason::Overloaded, Reason::NotLeading, Reason::Disk, Reason::Unreachable]
    {
        let answer = Refusal::from(Outcome::NotApplied(reason)).into_response();
        assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.headers()["x-ringway-outcome"], "not-applied", "{reason:?}");
        assert_eq!(answer.headers()["retry-after"], "1");
    }
}

#[tokio::test]
async fn the_view_is_sent_once_and_then_only_when_it_is_news() {
    let it = Fixture::alone().await;
    let view = it.call("GET", "/ring").await;
    let parsed = ringway_ring::View::from_json(view.body()).unwrap();
    assert_eq!(parsed, it.node.views.present().view);
    let etag = view.headers()["etag"].clone();
    assert!(etag.to_str().unwrap().starts_with("\"1-"));
    assert_eq!(it.call("GET", "/ring?after=0").await.status(), StatusCode::OK);
    assert_eq!(it.call("GET", "/ring?after=1").await.status(), StatusCode::NOT_MODIFIED);
    let known = warp::test::request().path("/ring").header("if-none-match", &etag);
    assert_eq!(it.send(known).await.status(), StatusCode::NOT_MODIFIED);
    for target in ["/ring?after=x", "/ring?wait=-1"] {
        assert_eq!(refused(&it.call("GET", target).await), (400, "bad_query".into()), "{target}");
    }
    // A stopping node ends a wait at once; were it not to, this would take a minute.
    let (waited, ()) = tokio::join!(it.call("GET", "/ring?after=1&wait=60"), async {
        it.node.views.close();
    });
    assert_eq!(waited.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn envoy_discovers_every_node_once() {
    let it = Fixture::alone_of(2).await;
    let ask = |version: &str| {
        let body = json!({ "version_info": version, "resource_names": ["nodes"] });
        let request = warp::test::request().method("POST").path("/v3/discovery:endpoints");
        request.body(body.to_string())
    };
    let found = json_of(&it.send(ask("")).await);
    let tag = it.node.views.present().tag.clone();
    assert_eq!(found["version_info"], tag.as_str());
    let endpoints = &found["resources"][0]["endpoints"][0]["lb_endpoints"];
    let ports = endpoints.as_array().unwrap().iter().map(|endpoint| {
        endpoint["endpoint"]["address"]["socket_address"]["port_value"].as_u64().unwrap()
    });
    assert_eq!(ports.collect::<Vec<_>>(), [8080, 8081]);
    let other = it.node.views.present().view.epoch().to_string() + "-another";
    assert_eq!(it.send(ask(&other)).await.status(), StatusCode::OK);
    it.node.views.close();
    assert_eq!(it.send(ask(&tag)).await.status(), StatusCode::NOT_MODIFIED);
    let epoch = it.node.views.present().view.epoch().get();
    let later = it.send(ask(&format!("{}-later", epoch + 1))).await;
    assert_eq!(later.status(), StatusCode::NOT_MODIFIED, "this node is behind, not Envoy");
    let bad = warp::test::request().method("POST").path("/v3/discovery:endpoints").body("[");
    assert_eq!(refused(&it.send(bad).await), (400, "bad_discovery_request".into()));
}

#[tokio::test]
async fn the_node_tells_of_itself() {
    let it = Fixture::alone().await;
    assert_eq!(&it.call("GET", "/heartbeat").await.body()[..], b"Hello");
    let home = json!({ "message": "Hello from Server: n1", "status": "successful" });
    assert_eq!(json_of(&it.call("GET", "/home").await), home);
    let replicas = json!({ "N": 1, "replicas": ["n1"] });
    assert_eq!(json_of(&it.call("GET", "/rep").await), replicas);
    let mapped = json!({ "request_id": 7, "mapped_server": "n1" });
    assert_eq!(json_of(&it.call("GET", "/map_request?id=007").await), mapped);
    let missing = it.call("GET", "/map_request").await;
    assert_eq!(json_of(&missing)["error"], "Request ID is required");
    assert_eq!(refused(&it.call("GET", "/map_request?id=x").await), (400, "id_not_integer".into()));
    let metrics = it.call("GET", "/metrics").await;
    let text = String::from_utf8(metrics.body().to_vec()).unwrap();
    let line = r#"ringway_requests_total{node="n1",route="/home",method="GET",status="200"} 1"#;
    assert!(text.contains(line), "{text}");
}

#[tokio::test]
async fn a_node_without_places_is_overloaded_and_says_that_nothing_happened() {
    let it = Fixture::alone().await;
    let all = it.node.requests.acquire_many(1024).await.unwrap();
    let answer = it.put("k", "v").await;
    assert_eq!(refused(&answer), (503, "overloaded".into()));
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(answer.headers()["x-ringway-outcome"], "not-applied");
    assert_eq!(it.call("GET", "/ring").await.status(), StatusCode::OK, "polls have their own");
    drop(all);
    assert_eq!(it.call("GET", "/kv/k").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_write_that_its_client_gave_up_is_counted_until_the_node_gives_it_up() {
    let it = Fixture::alone_of(3).await;
    let all = it.node.body_budget.available_permits();
    {
        let mut put = std::pin::pin!(it.put("k", "value"));
        while it.node.body_budget.available_permits() == all {
            std::future::poll_fn(|context| {
                assert!(put.as_mut().poll(context).is_pending(), "nobody answers it");
                std::task::Poll::Ready(())
            })
            .await;
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(it.node.body_budget.available_permits(), all - "value".len());
    assert_eq!(it.put("k", "later").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(it.node.body_budget.available_permits(), all);
}

#[tokio::test]
async fn who_waits_is_answered_though_the_store_has_ended() {
    let it = Fixture::alone_of(3).await;
    let store = Arc::clone(&it.node.store);
    tokio::task::spawn_blocking(move || store.close()).await.unwrap().unwrap();
    let answer = tokio::time::timeout(Duration::from_mins(1), it.put("k", "v")).await;
    assert_eq!(answer.expect("an answer").status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_body_that_stops_coming_is_given_up() {
    let limits = Limits { body_timeout: Duration::from_millis(1), ..Limits::default() };
    let it = Fixture::with_limits(limits).await;
    let node = &it.node;
    let head = crate::body::BodyHead { declared: Some(3), is_held_back: false };
    let body = crate::body::IncomingBody::new(head, Silent);
    let read = body.read(10, &node.limits, &node.body_budget).await;
    assert!(matches!(read, Err(Refusal::BodyTimeout)), "{read:?}");
}

/// A body of which nothing ever comes.
struct Silent;

impl warp::Stream for Silent {
    type Item = Result<bytes::Bytes, warp::Error>;

    fn poll_next(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        std::task::Poll::Pending
    }
}
