//! `cargo xtask`: what a person does with this repository.

use std::error::Error;
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};
use xtask::agree::{AgreeArgs, Forms, agree};
use xtask::artifacts::Profile;
use xtask::bench::BenchArgs;
use xtask::checks::test;
use xtask::fuzz::{FuzzArgs, fuzz};
use xtask::sim::{SimArgs, sim};
use xtask::up::{UpArgs, up};
use xtask::{bench, repository};

/// What a person does with this repository.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Run nodes and Envoy on this machine until Ctrl-C.
    Up(UpArgs),
    /// Set up what the tests need and run them all.
    Test,
    /// Measure, and print a table; fails where a requirement is missed.
    Bench(BenchArgs),
    /// Try seeds in the simulator of the replication protocol.
    Sim(SimArgs),
    /// Ask both edges and the nodes for the same keys; fails where they answer differently.
    Agree(AgreeArgs),
    /// Feed the parsers hostile input for a while.
    Fuzz(FuzzArgs),
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse().task).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Whether all is well.
async fn run(task: Task) -> Result<bool, Box<dyn Error>> {
    match task {
        Task::Up(args) => up(&args).await?,
        Task::Fuzz(args) => fuzz(&args).await?,
        Task::Sim(args) => sim(&args)?,
        Task::Agree(args) => {
            let found = agree(args.numbers(), Forms::All, Profile::Release).await?;
            println!("{found}");
            return Ok(found.different.is_empty());
        }
        Task::Test => {
            let tally = test().await?;
            println!("\n{tally}");
            return Ok(tally.failed == 0);
        }
        Task::Bench(args) if cfg!(debug_assertions) => return optimised_bench(&args),
        Task::Bench(args) => {
            let figures = bench::run(&args).await?;
            print!("{}", bench::to_markdown(&figures));
            return Ok(bench::all_ok(&figures));
        }
    }
    Ok(true)
}

/// `cargo xtask` is compiled quickly rather than well: the benches need it otherwise.
fn optimised_bench(args: &BenchArgs) -> Result<bool, Box<dyn Error>> {
    let mut cargo: Command = repository::cargo();
    cargo.args(["run", "--quiet", "--package", "xtask", "--release", "--", "bench"]);
    cargo.args(["--away-seconds", &args.away_seconds.to_string()]);
    Ok(cargo.args(&args.names).status()?.success())
}
