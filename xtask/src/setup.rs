//! What the repository needs and a fresh machine lacks: one file a tool.

mod cargo_fuzz;
mod chromium;
mod command;
mod debian_package;
mod debian_program;
mod envoy;
mod etcd;
mod fish;
mod haproxy;
mod iproute;
mod node_js;
mod tmux;
mod wasm_bindgen;
mod wasm_target;
mod wrk;
mod zsh;

pub use cargo_fuzz::cargo_fuzz;
pub use chromium::chromium;
pub use command::SetupError;
pub use envoy::envoy;
pub use etcd::etcd;
pub use fish::fish;
pub use haproxy::haproxy;
pub use iproute::iproute;
pub use node_js::has_node_js;
pub use tmux::tmux;
pub use wasm_bindgen::wasm_bindgen_test_runner;
pub use wasm_target::wasm_target;
pub use wrk::wrk;
pub use zsh::zsh;
