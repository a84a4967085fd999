//! The property that the fuzz target looks for, on seeded mutations of golden inputs: a bounded hunt
//! in every test run.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

#[path = "../../ring/fuzz/hunt.rs"]
mod hunt;
#[path = "../fuzz/properties.rs"]
mod properties;

use hunt::hunt;
use ringway::{DiskId, JoinRequest, JoinToken};
use ringway_ring::Weight;

fn request(token: Option<JoinToken>) -> Vec<u8> {
    let request = JoinRequest {
        cluster: "ringway".parse().unwrap(),
        id: "n6".parse().unwrap(),
        disk: DiskId::new([3; 16]),
        client: "10.0.0.6:8080".parse().unwrap(),
        peer: "[2001:db8::6]:7000".parse().unwrap(),
        zone: "a".parse().unwrap(),
        weight: Weight::default(),
        shards: 4,
        token,
    };
    postcard::to_allocvec(&request).unwrap()
}

#[test]
fn no_join_message_panics_or_reads_differently_when_written() {
    let inputs = [request(None), request(Some(JoinToken::random().unwrap()))];
    let is_valid = |bytes: &[u8]| postcard::from_bytes::<JoinRequest>(bytes).is_ok();
    let valid = hunt(6, 200_000, &inputs, is_valid, properties::join_message);
    assert!(valid > 5_000, "only {valid} mutations were requests");
}
