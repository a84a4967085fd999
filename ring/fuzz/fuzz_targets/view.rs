//! Hostile view JSON: `cargo xtask fuzz view`.
#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|json: &[u8]| properties::view(json));
