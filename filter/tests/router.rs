//! The decision, without Envoy.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a failed expectation may panic where it stands"
)]

use std::collections::BTreeMap;

use ringway_filter::{Offer, Refusal, Reply, Route, Router, SharedView};
use ringway_ring::{
    Epoch, Health, Key, NodeId, PartitionCount, ReplicationFactor, RequestId, RequestTarget,
    RouteHeader, Transition, View, ViewNode,
};
use serde_json::Value;

fn view(epoch: u64, nodes: u8) -> View {
    let node = |number: u8| {
        let id = format!("n{number}").parse().unwrap();
        ViewNode::new(id, ([10, 0, 0, number], 8080).into())
    };
    let nodes = (1..=nodes).map(node).collect();
    let (partitions, copies) = (PartitionCount::DEFAULT, ReplicationFactor::DEFAULT);
    View::create(Epoch::new(epoch), partitions, copies, nodes).unwrap()
}

fn router_of(view: &View) -> Router {
    let mut router = Router::default();
    assert_eq!(router.offer("tag", view.to_json().as_bytes()).unwrap(), Offer::Advanced);
    router
}

const GET: fn() -> Option<Vec<u8>> = || Some(b"GET".to_vec());

fn header(view: &View, key: &Key<'_>) -> String {
    let nodes = view.route(view.partition(key.position()));
    RouteHeader::new(view, nodes).as_str().to_owned()
}

fn first<'v>(view: &'v View, key: &Key<'_>) -> &'v ViewNode {
    view.route(view.partition(key.position())).next().unwrap()
}

#[test]
fn every_target_of_the_vectors_is_routed_or_refused_as_they_say() {
    let view = view(1, 5);
    let router = router_of(&view);
    let file: Value =
        serde_json::from_str(include_str!("../../ring/vectors/request_targets.json")).unwrap();
    for vector in file["vectors"].as_array().unwrap() {
        let target = vector["target"].as_str().unwrap();
        let route = router.route(target.as_bytes(), GET);
        if let Some(key) = vector["key"].as_str() {
            let expected = header(&view, &Key::new(key).unwrap());
            assert_eq!(route, Route::Listed(&expected), "{target}");
        } else if let Some(id) = vector["id"].as_i64() {
            let id = RequestId::new(id);
            let reply = Reply::mapped(id, &first(&view, &id.key()).id);
            assert_eq!(route, Route::Reply(reply), "{target}");
        } else if let Some(code) = vector["error"].as_str() {
            let error = RequestTarget::parse(target.as_bytes()).unwrap_err();
            assert_eq!(error.code(), code, "{target}");
            assert_eq!(route, Route::Reply(Reply::refused(&error)), "{target}");
        } else {
            assert_eq!(route, Route::Anywhere, "{target}");
        }
    }
}

#[test]
fn without_a_view_any_node_is_asked_but_a_bad_key_is_refused() {
    let router = Router::default();
    for target in ["/kv/a", "/get?key=a", "/map_request?id=7", "/home"] {
        assert_eq!(router.route(target.as_bytes(), GET), Route::Anywhere, "{target}");
    }
    assert!(matches!(router.route(b"/kv/%zz", GET), Route::Reply(Reply { status: 400, .. })));
    assert_eq!(router.tally().take_no_view(), 3);
    assert_eq!(router.tally().take_lookups(), 0);
    assert_eq!(router.tally().take_bad_keys(), BTreeMap::from([("bad_escape", 1)]));
    assert_eq!(router.tally().take_no_view(), 0, "what was taken is gone");
}

#[test]
fn an_id_is_only_read() {
    let router = router_of(&view(1, 5));
    for method in ["GET", "HEAD"] {
        let route = router.route(b"/map_request?id=7", || Some(method.into()));
        assert!(matches!(route, Route::Reply(Reply { status: 200, .. })), "{method}");
    }
    for method in [Some("PUT"), Some("get"), None] {
        let route = router.route(b"/map_request?id=7", || method.map(Into::into));
        assert_eq!(route, Route::Reply(Reply::only_reads()), "{method:?}");
    }
}

#[test]
fn a_view_that_is_older_or_none_leaves_what_is_held() {
    let held = view(5, 5);
    let mut router = router_of(&held);
    let older = router.offer("other", view(4, 3).to_json().as_bytes());
    assert!(matches!(older, Err(Refusal::Older { .. })), "{older:?}");
    for garbage in ["", "{}", "null", &held.to_json()[1..]] {
        let refused = router.offer("other", garbage.as_bytes());
        assert!(matches!(refused, Err(Refusal::NotAView(_))), "{garbage}");
    }
    assert_eq!((router.epoch(), router.etag()), (Some(Epoch::new(5)), Some("tag")));
    let key = Key::new("a").unwrap();
    assert_eq!(router.route(b"/kv/a", GET), Route::Listed(&header(&held, &key)));
}

#[test]
fn a_newer_view_and_another_of_the_same_epoch_are_followed() {
    let mut router = router_of(&view(5, 5));
    let (other, newer) = (view(5, 1), view(6, 2));
    assert_eq!(router.offer("tag", b"not even looked at").unwrap(), Offer::Known);
    assert_eq!(router.offer("other", other.to_json().as_bytes()).unwrap(), Offer::Replaced);
    assert_eq!(router.route(b"/kv/a", GET), Route::Listed("10.0.0.1:8080,epoch=5"));
    let json = newer.to_json();
    let shared = SharedView { epoch: newer.epoch(), etag: "newer", json: json.as_bytes() };
    assert_eq!(router.restore(&shared).unwrap(), Offer::Advanced);
    assert_eq!((router.epoch(), router.etag()), (Some(Epoch::new(6)), Some("newer")));
}

#[test]
fn requests_go_by_the_present_lists_and_by_health_while_partitions_move() {
    let plain = view(5, 5);
    let key = Key::new("a").unwrap();
    let partition = plain.partition(key.position());
    let holders: Vec<_> = plain.route(partition).map(|node| node.id.clone()).collect();
    let elsewhere = plain.nodes().iter().map(|node| node.id.clone());
    let to: Vec<_> = elsewhere.filter(|id| !holders.contains(id)).collect();
    let moving = vec![Transition { partition, to }];
    let with = |epoch, down: Option<&NodeId>, moving| {
        let mut nodes = plain.nodes().to_vec();
        for node in nodes.iter_mut().filter(|node| Some(&node.id) == down) {
            node.health = Health::Down;
        }
        let factor = plain.replication_factor();
        View::new(Epoch::new(epoch), factor, nodes, plain.assignment().clone(), moving).unwrap()
    };
    let mut router = router_of(&plain);
    let mut routes_by = |tag, next: &View| {
        assert_eq!(router.offer(tag, next.to_json().as_bytes()).unwrap(), Offer::Advanced);
        match router.route(b"/kv/a", GET) {
            Route::Listed(header) => {
                let (list, epoch) = header.rsplit_once(',').unwrap();
                assert_eq!(epoch, format!("epoch={}", next.epoch()), "it says by which view");
                list.to_owned()
            }
            other => panic!("{other:?}"),
        }
    };
    let calm = header(&plain, &key);
    let (calm, _) = calm.rsplit_once(',').unwrap();
    assert_eq!(routes_by("moving", &with(6, None, moving.clone())), calm);
    let down = routes_by("down", &with(7, Some(&holders[0]), moving));
    let mut last: Vec<_> = calm.split(',').collect();
    last.rotate_left(1);
    assert_eq!(down, last.join(","), "who is down is tried last");
    assert_eq!(routes_by("up", &with(8, None, vec![])), calm);
}
