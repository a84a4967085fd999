//! What `cargo xtask` does.

pub mod agree;
pub mod artifacts;
pub mod bench;
pub mod checks;
pub mod envoy_config;
pub mod fuzz;
pub mod group;
pub mod haproxy_config;
mod local_lines;
mod metric;
mod random;
pub mod repository;
pub mod setup;
pub mod sim;
pub mod skip;
pub mod stack;
pub mod up;
pub mod wait;
