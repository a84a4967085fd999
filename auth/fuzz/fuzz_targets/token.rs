//! Hostile tokens: `cargo xtask fuzz token`.
#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|token: &[u8]| properties::token(token));
