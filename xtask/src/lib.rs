//! What `cargo xtask` does.

pub mod artifacts;
pub mod bench;
pub mod envoy_config;
pub mod repository;
pub mod setup;
pub mod stack;
pub mod wait;
