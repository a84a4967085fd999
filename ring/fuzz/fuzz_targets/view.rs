//! Hostile view JSON. `RUSTC_BOOTSTRAP=1 cargo fuzz run view ../vectors/views` in `ring/`
//! starts from the golden views.
#![no_main]

#[path = "../properties.rs"]
mod properties;

libfuzzer_sys::fuzz_target!(|json: &[u8]| properties::view(json));
