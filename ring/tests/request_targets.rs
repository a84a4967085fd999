//! Key extraction against `vectors/request_targets.json`, which every evaluator runs.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test")]

use std::collections::BTreeSet;

use ringway_ring::{KeyError, RequestTarget, TargetError};
use serde::Deserialize;
use wasm_bindgen_test::wasm_bindgen_test;

#[derive(Deserialize)]
struct File {
    vectors: Vec<Vector>,
}

#[derive(Deserialize)]
struct Vector {
    target: String,
    #[serde(flatten)]
    expected: Expected,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Expected {
    Key { key: String, position: String },
    Id { id: i64, position: String },
    Unkeyed { unkeyed: bool },
    Error { error: String },
}

fn found(target: &str) -> Expected {
    match RequestTarget::parse(target.as_bytes()) {
        Ok(RequestTarget::Key(key)) => {
            Expected::Key { position: key.position().to_string(), key: key.into() }
        }
        Ok(RequestTarget::MapRequest(id)) => Expected::Id {
            id: id.to_string().parse().unwrap(),
            position: id.key().position().to_string(),
        },
        Ok(RequestTarget::Unkeyed) => Expected::Unkeyed { unkeyed: true },
        Err(error) => Expected::Error { error: error.code().to_owned() },
    }
}

fn vectors() -> Vec<Vector> {
    let text = include_str!("../vectors/request_targets.json");
    serde_json::from_str::<File>(text).unwrap().vectors
}

#[wasm_bindgen_test(unsupported = test)]
fn every_target_is_read_as_the_vectors_say() {
    for Vector { target, expected } in vectors() {
        assert_eq!(found(&target), expected, "{target:?}");
    }
}

#[wasm_bindgen_test(unsupported = test)]
fn the_vectors_cover_every_error() {
    let errors = [
        TargetError::ForbiddenByte,
        TargetError::SemicolonInQuery,
        TargetError::BadEscape,
        TargetError::KeyMissing,
        TargetError::Key(KeyError::Empty),
        TargetError::Key(KeyError::TooLong { length: 1025 }),
        TargetError::Key(KeyError::InvalidUtf8),
        TargetError::IdMissing,
        TargetError::IdNotInteger,
    ];
    let covered = vectors().into_iter().filter_map(|vector| match vector.expected {
        Expected::Error { error } => Some(error),
        _ => None,
    });
    let all = errors.iter().map(|error| error.code().to_owned());
    assert_eq!(covered.collect::<BTreeSet<_>>(), all.collect());
}

#[wasm_bindgen_test(unsupported = test)]
fn a_refusal_is_json_with_a_sentence_and_its_code() {
    let error = RequestTarget::parse(b"/map_request").unwrap_err();
    let body: serde_json::Value = serde_json::from_str(&error.body()).unwrap();
    let expected = serde_json::json!({ "error": "Request ID is required", "code": "id_missing" });
    assert_eq!(body, expected);
}
