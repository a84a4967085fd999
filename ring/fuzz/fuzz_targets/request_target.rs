//! Hostile request targets: `RUSTC_BOOTSTRAP=1 cargo fuzz run request_target` in `ring/`.
#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|target: &[u8]| properties::request_target(target));
