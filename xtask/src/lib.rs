//! What `cargo xtask` does.
