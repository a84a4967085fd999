//! What edges are told, and what a node tells of itself.

use http::StatusCode;
use serde_json::json;

use super::fixture::{Fixture, json_of, refused};

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
