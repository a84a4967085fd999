//! What clients do with values: store, read, list, on conditions and for a time.

use http::StatusCode;
use serde_json::{Value, json};

use super::fixture::{Fixture, json_of, refused, version_of};

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
