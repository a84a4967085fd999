//! `cargo xtask fuzz`: hostile input for what reads the words of strangers.

use std::io;
use std::process::{Command, ExitStatus};

use clap::Args;
use thiserror::Error;

use crate::repository;
use crate::setup::{self, SetupError};

/// Where the targets are, relative to the repository.
const DIRECTORIES: [&str; 3] = ["ring/fuzz", "auth/fuzz", "node/fuzz"];

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
    let fuzzer = |directory: &str, arguments: &[&str]| {
        let mut command = Command::new(&program);
        command.args(["fuzz", arguments.first().unwrap_or(&"list"), "--fuzz-dir", directory]);
        command.args(arguments.iter().skip(1)).current_dir(repository::root());
        // The toolchain that runs this one is pinned, and has no sanitizers.
        command.env("RUSTUP_TOOLCHAIN", "nightly").env_remove("CARGO").env_remove("RUSTC");
        command
    };
    let mut is_known = false;
    for directory in DIRECTORIES {
        let listed = fuzzer(directory, &["list"]).output()?.stdout;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let is_wanted = |target: &&str| args.target.as_deref().is_none_or(|it| it == *target);
        for target in listed.split_whitespace().filter(is_wanted) {
            is_known = true;
            let limit = format!("-max_total_time={}", args.seconds);
            let status = fuzzer(directory, &["run", target, "--", &limit]).status()?;
            if !status.success() {
                return Err(FuzzError::Found { target: target.to_owned(), status });
            }
        }
    }
    if let (false, Some(target)) = (is_known, &args.target) {
        return Err(FuzzError::Unknown { target: target.clone() });
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
    /// There is none of that name.
    #[error("there is no fuzz target called {target}")]
    Unknown {
        /// What was asked for.
        target: String,
    },
    /// It does not build, or it has found an input that makes it panic.
    #[error("{target} ended with {status}; what it says is above")]
    Found {
        /// Which target.
        target: String,
        /// How it ended.
        status: ExitStatus,
    },
}
