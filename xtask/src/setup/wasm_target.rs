//! The standard library for a wasm target.

use tokio::process::Command;

use super::SetupError;
use super::command::run;
use crate::repository;

/// Makes sure that the pinned toolchain can compile for `target`.
///
/// # Errors
/// When it can't, and `rustup target add` does not help.
pub async fn wasm_target(target: &str) -> Result<(), SetupError> {
    let print = ["--print", "target-libdir", "--target", target];
    let directory = run(Command::new("rustc").args(print).current_dir(repository::root())).await;
    if directory.is_ok_and(|directory| std::path::Path::new(directory.trim()).is_dir()) {
        return Ok(());
    }
    let add = ["target", "add", target];
    let added = run(Command::new("rustup").args(add).current_dir(repository::root())).await;
    added.map(drop).map_err(|reason| SetupError {
        tool: "the wasm target",
        reason,
        by_hand: format!("install Rust's standard library for {target}"),
    })
}
