//! The fuzzer's front end, and the compiler that it needs.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::SetupError;
use super::command::run;
use crate::repository;

const VERSION: &str = "0.13.2";

/// Makes sure that `cargo-fuzz` and a nightly compiler are there.
///
/// # Errors
/// When one of them can't be installed.
pub async fn cargo_fuzz() -> Result<PathBuf, SetupError> {
    let failed = |reason| SetupError {
        tool: "cargo-fuzz",
        reason,
        by_hand: format!("rustup toolchain install nightly; cargo install cargo-fuzz@{VERSION}"),
    };
    nightly().await.map_err(failed)?;
    let root = repository::tools().join(format!("cargo-fuzz-{VERSION}"));
    let program = root.join("bin").join("cargo-fuzz");
    if run(Command::new(&program).args(["fuzz", "--version"])).await.is_err() {
        install(&root).await.map_err(failed)?;
    }
    Ok(program)
}

/// The sanitizers that the fuzzer steers by are in no stable compiler.
async fn nightly() -> Result<(), String> {
    if run(Command::new("rustc").args(["+nightly", "--version"])).await.is_ok() {
        return Ok(());
    }
    let install = ["toolchain", "install", "nightly", "--profile", "minimal"];
    run(Command::new("rustup").args(install)).await.map(drop)
}

async fn install(root: &Path) -> Result<(), String> {
    let mut cargo = Command::from(repository::cargo());
    cargo.args(["install", "--quiet", "--locked", "cargo-fuzz", "--version", VERSION]);
    run(cargo.arg("--root").arg(root)).await.map(drop)
}
