//! Hostile words of nodes that want to join: `cargo xtask fuzz join_message`.
#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| properties::join_message(bytes));
