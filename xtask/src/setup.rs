//! What the repository needs and a fresh machine lacks: one file a tool.

mod command;
mod envoy;
mod wasm_target;

pub use command::SetupError;
pub use envoy::envoy;
pub use wasm_target::wasm_target;
