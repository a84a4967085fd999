//! Hostile request targets: `cargo xtask fuzz request_target`.
#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|target: &[u8]| properties::request_target(target));
