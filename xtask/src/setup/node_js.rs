//! Node.js, which the wasm tests run under.

use tokio::process::Command;

use super::command::run;

/// Whether Node.js is on the `PATH`. It is not fetched: what it would run, the
/// filter's tests run in Envoy too.
pub async fn has_node_js() -> bool {
    run(Command::new("node").arg("--version")).await.is_ok()
}
