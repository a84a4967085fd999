//! What is asked and told of the ring, without a socket.

use http::Response;
use serde_json::{Value, json};

use super::fixture::{Fixture, json_of, newcomer, refused};
use crate::membership::Command;

impl Fixture {
    async fn post(&self, target: &str, body: Value) -> Response<bytes::Bytes> {
        let request = warp::test::request().method("POST").path(target);
        self.send(request.body(body.to_string())).await
    }

    async fn get(&self, target: &str) -> Value {
        json_of(&self.call("GET", target).await)
    }

    /// n1, with n2 as a member that is not in the ring and not there.
    async fn with_a_spare() -> Self {
        let it = Self::alone().await;
        it.node.membership.propose(Command::Join(newcomer(2))).await.unwrap();
        let epoch = it.node.membership.present().epoch();
        it.node.views.next(|published| published.view.epoch() >= epoch).await.unwrap();
        it
    }
}

#[tokio::test]
async fn the_status_tells_who_is_a_member_and_that_nothing_moves() {
    let it = Fixture::with_a_spare().await;
    let status = it.get("/ring/status").await;
    let n1 = json!({
        "state": "active", "health": "up", "zone": "", "weight": 1,
        "client": "127.0.0.1:8080", "peer": "127.0.0.1:9080",
    });
    assert_eq!(status["members"]["n1"], n1);
    assert_eq!(status["members"]["n2"]["state"], "spare");
    assert_eq!((&status["partitions"], &status["partitions_left"]), (&json!(4096), &json!(0)));
    assert_eq!((&status["moving"], &status["handed_off_bytes"]), (&json!(0), &json!(0)));
    assert_eq!(status["change"], Value::Null);
    assert_eq!(status["settings"], it.get("/ring/settings").await);
}

#[tokio::test]
async fn a_plan_tells_what_would_move_and_changes_nothing() {
    let it = Fixture::with_a_spare().await;
    for key in ["a", "b", "c"] {
        it.put(key, "seven!!").await;
    }
    while it.node.replication.sizes().len() < 4096 {
        // What was there at the start is still being counted.
        tokio::task::yield_now().await;
    }
    let plan = json_of(&it.post("/ring/plan", json!({ "add": ["n1", "n2"] })).await);
    assert_eq!((&plan["vnodes"], &plan["least"]), (&json!(4096), &json!(4096)));
    assert_eq!(plan["bytes"], 21, "{plan}");
    assert_eq!((&plan["unsized_partitions"], &plan["is_rate_assumed"]), (&json!(0), &json!(true)));
    let link = json!({ "from": "n1", "to": "n2", "vnodes": 4096, "bytes": 21 });
    assert_eq!(plan["links"], json!([link]));
    assert_eq!(plan["nodes"][1]["present"], Value::Null);
    assert_eq!(plan["nodes"][1]["replicas"]["after"], 4096);

    let nothing = json_of(&it.post("/ring/plan", json!({ "remove": ["n2"] })).await);
    assert_eq!((&nothing["vnodes"], &nothing["lists"]), (&json!(0), &json!(0)));
    let nobody = it.post("/ring/plan", json!({ "remove": ["n1"] })).await;
    assert_eq!(refused(&nobody), (409, "refused_by_the_cluster".into()));
    let unread = it.post("/ring/plan", json!({ "adds": ["n2"] })).await;
    assert_eq!(refused(&unread), (400, "bad_ring_change".into()));
    let status = it.get("/ring/status").await;
    assert_eq!((&status["partitions_left"], &status["moving"]), (&json!(0), &json!(0)));
    assert_eq!(status["members"]["n2"]["state"], "spare");
}

#[tokio::test]
async fn a_change_is_agreed_on_followed_and_cancelled() {
    let it = Fixture::with_a_spare().await;
    let add = json!({ "add": ["n1", "n2"] });
    let agreed = it.post("/ring/change", add.clone()).await;
    assert_eq!(agreed.status(), 202);
    assert_eq!(json_of(&agreed)["partitions_left"], 4096);
    let status = it.get("/ring/status").await;
    assert_eq!(status["members"]["n2"]["state"], "active");
    assert_eq!(status["partitions_left"], 4096);
    let uncounted = json!({
        "partitions": 4096,
        "partitions_left": 4096,
        "bytes": null,
        "bytes_left": null,
        "seconds_left": null,
    });
    assert_eq!(status["change"], uncounted);
    assert_eq!(it.get("/ring").await["change"], uncounted, "who follows the ring is told too");
    let metrics = it.call("GET", "/metrics").await;
    let text = String::from_utf8(metrics.body().to_vec()).unwrap();
    assert!(text.contains("ringway_ring_partitions_left{node=\"n1\"} 4096"), "{text}");

    let again = it.post("/ring/change", add.clone()).await;
    assert_eq!(again.status(), 202, "it is on its way");
    let other = it.post("/ring/change", json!({ "weights": { "n1": 2 } })).await;
    assert_eq!(refused(&other), (409, "refused_by_the_cluster".into()));
    let leave = it.post("/ring/leave", json!({ "id": "n2" })).await;
    assert_eq!(refused(&leave), (409, "refused_by_the_cluster".into()));

    let cancelled = it.post("/ring/cancel", Value::Null).await;
    assert_eq!(json_of(&cancelled)["partitions_left"], 0);
    let again = it.post("/ring/cancel", Value::Null).await;
    assert_eq!(refused(&again), (409, "refused_by_the_cluster".into()));
    assert_eq!(it.get("/ring").await["moving"], json!([]));
    assert_eq!(it.get("/ring").await.get("change"), None);
    assert_eq!(it.post("/ring/leave", json!({ "id": "n2" })).await.status(), 202);
    assert_eq!(it.get("/ring/status").await["members"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn of_the_settings_those_that_are_named_are_set() {
    let it = Fixture::alone().await;
    let before = it.get("/ring/settings").await;
    let expected =
        json!({ "grace_seconds": 600, "handoff_bytes_per_second": null, "moving_max": 32 });
    assert_eq!(before, expected);
    let set = it.post("/ring/settings", json!({ "handoff_bytes_per_second": 1_000_000 })).await;
    assert_eq!(set.status(), 202);
    let after = it.get("/ring/settings").await;
    assert_eq!(after["handoff_bytes_per_second"], 1_000_000);
    assert_eq!(after["grace_seconds"], 600);
    let plan = json_of(&it.post("/ring/plan", json!({})).await);
    assert_eq!(
        (&plan["bytes_per_second"], &plan["is_rate_assumed"]),
        (&json!(1_000_000), &json!(false))
    );
    it.post("/ring/settings", json!({ "handoff_bytes_per_second": null })).await;
    assert_eq!(it.get("/ring/settings").await, before);
    let unread = it.post("/ring/settings", json!({ "moving_max": 0 })).await;
    assert_eq!(refused(&unread), (400, "bad_ring_change".into()));
}
