//! What must hold for any input whatsoever. The fuzz targets look for counterexamples
//! for as long as they are let, and `tests/hostile_input.rs` for a bounded time in every
//! test run.

#![allow(dead_code, reason = "each fuzz target uses one of them")]

use ringway_ring::{Key, MAX_KEY_BYTES, RequestTarget, View, encode_path};

/// Reading does not panic; and what can be read can be routed by, and is written such
/// that it reads the same.
pub(crate) fn view(json: &[u8]) {
    let Ok(view) = View::from_json(json) else { return };
    let written = view.to_json();
    let read = View::from_json(written.as_bytes()).expect("a written view can be read");
    assert_eq!(read, view);
    assert_eq!(read.to_json(), written);
    for partition in view.assignment().partitions().iter() {
        let holders = view.preference_list(partition).count();
        assert_eq!(holders, view.assignment().list_length());
        assert_eq!(view.route(partition).count(), holders);
    }
    assert!(view.moving().is_sorted_by(|one, next| one.partition < next.partition));
    for transition in view.moving() {
        assert!(view.assignment().partitions().contains(transition.partition));
        assert!((1..=7).contains(&transition.to.len()));
        assert!(transition.to.iter().all(|id| view.node(id).is_some()));
    }
}

/// Reading does not panic; a key is a key and can be written such that it reads the same;
/// and a refusal is JSON.
pub(crate) fn request_target(target: &[u8]) {
    match RequestTarget::parse(target) {
        Ok(RequestTarget::Key(key)) => {
            assert!((1..=MAX_KEY_BYTES).contains(&key.as_str().len()));
            reads_as(&format!("/kv/{}", encode_path(key.as_str())), &key);
            reads_as(&format!("/get?key={}", encode_path(key.as_str())), &key);
        }
        Ok(RequestTarget::MapRequest(id)) => {
            let written = format!("/map_request?id={id}");
            let read = RequestTarget::parse(written.as_bytes());
            assert_eq!(read, Ok(RequestTarget::MapRequest(id)));
            assert_eq!(id.key().as_str(), id.to_string());
        }
        Ok(RequestTarget::Unkeyed) => {}
        Err(error) => {
            let body: serde_json::Value = serde_json::from_str(&error.body()).expect("JSON");
            assert_eq!(body["code"], error.code());
        }
    }
}

fn reads_as(target: &str, key: &Key<'_>) {
    assert_eq!(RequestTarget::parse(target.as_bytes()), Ok(RequestTarget::Key(key.clone())));
}
