//! `cargo xtask sim`: the simulator of `replica/`, for as long as one likes.

use std::io;
use std::num::NonZeroU64;
use std::os::unix::process::CommandExt;
use std::process::{ExitStatus, Stdio};

use clap::Args;
use thiserror::Error;

use crate::checks::Tally;
use crate::group::Group;
use crate::repository;

/// The test that tries seeds.
const TEST: &str = "seeds::every_seed_holds";

/// How many seeds one run of it gets: enough for it to judge whether they met all that
/// they should, few enough to show that there is progress.
const BATCH: u64 = 10_000;

/// The flags of `cargo xtask sim`.
#[derive(Clone, Debug, Args)]
pub struct SimArgs {
    /// How many seeds to try.
    #[arg(long, default_value = "100000", value_name = "N")]
    pub seeds: NonZeroU64,
    /// The first of them. The tests try those from 0 to 9,999.
    #[arg(long, default_value_t = 0, value_name = "SEED")]
    pub from: u64,
}

/// Tries every seed from `from` on, and says after each batch how many held. A seed that
/// does not hold ends it; the shortest story of what went wrong, and the command that
/// replays it, are shown as the test shows them.
///
/// # Errors
/// When a seed does not hold, or the simulator can't be run.
pub fn sim(args: &SimArgs) -> Result<(), SimError> {
    let SimArgs { seeds, from } = *args;
    let end = from.checked_add(seeds.get()).ok_or(SimError::PastTheLast { from, seeds })?;
    let mut next = from;
    while next < end {
        let count = BATCH.min(end - next);
        try_batch(next, count)?;
        next += count;
        println!("{} of {seeds} seeds hold, from {from} on", next - from);
    }
    Ok(())
}

fn try_batch(from: u64, count: u64) -> Result<(), SimError> {
    let mut cargo = repository::cargo();
    // The dev profile compiles `replica/` as well as a release, and keeps its assertions.
    cargo.args(["test", "--quiet", "--package", "ringway-replica", "--test", "simulation"]);
    cargo.args(["--", "--exact", TEST]);
    cargo.env("RINGWAY_SIM_FROM", from.to_string()).env("RINGWAY_SIM_SEEDS", count.to_string());
    cargo.stdin(Stdio::null()).stdout(Stdio::piped());
    // Nobody who gives up has the simulator running on.
    let group = Group::new()?;
    let output = cargo.process_group(group.id()).spawn()?.wait_with_output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        print!("{said}");
        return Err(SimError::Failed { from, last: from + count - 1, status: output.status });
    }
    let mut tally = Tally::default();
    said.lines().for_each(|line| tally.read(line));
    // A runner that finds no test of this name is content.
    if tally.passed == 1 { Ok(()) } else { Err(SimError::NothingRun) }
}

/// Why not every seed was found to hold.
#[derive(Debug, Error)]
pub enum SimError {
    /// It could not be started.
    #[error("cargo could not be run: {0}")]
    Cargo(#[from] io::Error),
    /// It does not compile, or one of these seeds does not hold. Those before them do.
    #[error("the seeds from {from} to {last} ended with {status}; what went wrong is above")]
    Failed {
        /// The first of the batch.
        from: u64,
        /// The last of the batch.
        last: u64,
        /// How the test runner ended.
        status: ExitStatus,
    },
    /// The simulator has no such test any more.
    #[error("the simulator has no test {TEST}, so nothing was tried")]
    NothingRun,
    /// Seeds are 64 bits wide.
    #[error("there are no {seeds} seeds from {from} on")]
    PastTheLast {
        /// The first that was asked for.
        from: u64,
        /// How many were.
        seeds: NonZeroU64,
    },
}
