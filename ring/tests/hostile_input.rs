//! The properties that the fuzz targets look for, on seeded mutations of golden inputs:
//! a bounded hunt in every test run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

#[path = "../fuzz/hunt.rs"]
mod hunt;
#[path = "../fuzz/properties.rs"]
mod properties;

use hunt::hunt;
use ringway_ring::{RequestTarget, View};
use wasm_bindgen_test::wasm_bindgen_test;

#[wasm_bindgen_test(unsupported = test)]
fn no_view_however_damaged_panics_or_reads_differently_when_written() {
    let inputs = [
        include_str!("../vectors/views/five_nodes.json"),
        include_str!("../vectors/views/three_zones.json"),
        include_str!("../vectors/views/one_node.json"),
        include_str!("../vectors/views/during_a_join.json"),
    ];
    let inputs = inputs.map(|text| text.trim_end().as_bytes().to_vec());
    let is_valid = |json: &[u8]| View::from_json(json).is_ok();
    let valid = hunt(2, 20_000, &inputs, is_valid, properties::view);
    assert!(valid > 200, "only {valid} mutations were views");
}

#[wasm_bindgen_test(unsupported = test)]
fn no_request_target_panics_or_reads_differently_when_written() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../vectors/request_targets.json")).unwrap();
    let target = |vector: &serde_json::Value| vector["target"].as_str().unwrap().into();
    let inputs: Vec<Vec<u8>> = file["vectors"].as_array().unwrap().iter().map(target).collect();
    let is_valid =
        |target: &[u8]| matches!(RequestTarget::parse(target), Ok(RequestTarget::Key(_)));
    let valid = hunt(3, 300_000, &inputs, is_valid, properties::request_target);
    assert!(valid > 10_000, "only {valid} mutations named keys");
}
