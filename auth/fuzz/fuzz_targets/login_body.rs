//! Hostile bodies of `POST /login`: `cargo xtask fuzz login_body`.
#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|json: &[u8]| properties::login_body(json));
