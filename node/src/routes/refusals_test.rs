//! What is refused, in which words, and what the answer says of the outcome.

use std::time::Duration;

use http::StatusCode;
use ringway_replica::{Outcome, Reason};
use ringway_ring::{Key, RequestTarget};
use serde_json::{Value, json};

use super::fixture::{Fixture, json_of, refused};
use super::*;

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
async fn a_node_without_places_is_overloaded_and_says_that_nothing_happened() {
    let it = Fixture::alone().await;
    let all = it.node.places.requests.free.acquire_many(1024).await.unwrap();
    let answer = it.put("k", "v").await;
    assert_eq!(refused(&answer), (503, "overloaded".into()));
    assert_eq!(answer.headers()["retry-after"], "1");
    assert_eq!(answer.headers()["x-ringway-outcome"], "not-applied");
    assert_eq!(it.call("GET", "/ring").await.status(), StatusCode::OK, "polls have their own");
    assert_eq!(it.call("GET", "/heartbeat").await.status(), StatusCode::OK, "it is alive");
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
