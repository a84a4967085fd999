//! What `cargo xtask` does.

pub mod bench;
