//! `cargo xtask fuzz`: hostile input for the parsers in `ring/`.

use std::io;
use std::process::{Command, ExitStatus};

use clap::Args;
use thiserror::Error;

use crate::repository;
use crate::setup::{self, SetupError};

/// Where the targets are, relative to the repository.
const DIRECTORY: &str = "ring/fuzz";

/// The flags of `cargo xtask fuzz`.
#[derive(Clone, Debug, Args)]
pub struct FuzzArgs {
    /// Which target; all of them, one after the other, where none is named.
    pub target: Option<String>,
    /// How long to fuzz each.
    #[arg(long, default_value_t = 60, value_name = "N")]
    pub seconds: u32,
}

/// Fuzzes for a while. An input that makes a target panic ends it and is kept.
///
/// # Errors
/// When the fuzzer can't be set up, or has found something.
pub async fn fuzz(args: &FuzzArgs) -> Result<(), FuzzError> {
    let program = setup::cargo_fuzz().await?;
    let fuzzer = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["fuzz", arguments.first().unwrap_or(&"list"), "--fuzz-dir", DIRECTORY]);
        command.args(arguments.iter().skip(1)).current_dir(repository::root());
        // The toolchain that runs this one is pinned, and has no sanitizers.
        command.env("RUSTUP_TOOLCHAIN", "nightly").env_remove("CARGO").env_remove("RUSTC");
        command
    };
    let targets = match &args.target {
        Some(target) => target.clone(),
        None => String::from_utf8_lossy(&fuzzer(&["list"]).output()?.stdout).into_owned(),
    };
    for target in targets.split_whitespace() {
        let limit = format!("-max_total_time={}", args.seconds);
        let status = fuzzer(&["run", target, "--", &limit]).status()?;
        if !status.success() {
            return Err(FuzzError::Found { target: target.to_owned(), status });
        }
    }
    Ok(())
}

/// Why fuzzing ended early.
#[derive(Debug, Error)]
pub enum FuzzError {
    /// The fuzzer is missing.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// It can't be run.
    #[error("cargo-fuzz could not be run: {0}")]
    Run(#[from] io::Error),
    /// It does not build, or it has found an input that makes it panic.
    #[error("{target} ended with {status}; what it says is above")]
    Found {
        /// Which target.
        target: String,
        /// How it ended.
        status: ExitStatus,
    },
}
