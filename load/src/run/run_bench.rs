//! The command as a whole.

use std::process::ExitCode;

use tokio::runtime::Builder;
use tokio::task::LocalSet;

use super::collector::{How, Results};
use super::conduct::conduct;
use super::open_files::raise_open_files;
use super::plan::Plan;
use super::run_error::RunError;
use crate::args::{BenchArgs, BenchCommand, LoadArgs};
use crate::compare::compare_files;
use crate::http::Token;
use crate::output::{
    CsvWriter, LiveView, Summary, print_text, results_json, write_intervals, write_report,
};

/// A request failed.
const FAILURES: u8 = 1;
/// As a shell has it of a command that SIGINT has ended.
const INTERRUPTED: u8 = 130;

/// Does what `ringway bench` was asked for, prints it, and says with which status to exit. `token`
/// is asked for the token that its user has for a URL, if any, or why that can't be known.
#[must_use]
pub fn run_bench(
    args: &BenchArgs,
    token: impl FnOnce(&str) -> Result<Option<String>, String>,
) -> ExitCode {
    if let Some(BenchCommand::Compare(args)) = &args.command {
        return compare_files(args);
    }
    match bench(&args.load, token) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            eprintln!("ringway: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn bench(
    args: &LoadArgs,
    token: impl FnOnce(&str) -> Result<Option<String>, String>,
) -> Result<u8, RunError> {
    let token = token(&args.base_url.to_string()).map_err(RunError::Token)?;
    let plan = Plan::new(args, token.map(Token::new))?;
    raise_open_files();
    let csv = args.csv.as_deref().map(CsvWriter::create).transpose()?;
    let runtime = Builder::new_current_thread().enable_all().build().map_err(RunError::Thread)?;
    let run = conduct(plan, csv, LiveView::of_this_process());
    let (results, outcome) = LocalSet::new().block_on(&runtime, run);
    let Some(results) = results else {
        outcome?;
        eprintln!("ringway: interrupted before the run had begun");
        return Ok(INTERRUPTED);
    };
    let printed = print(args, &results);
    let reported = args.report.as_deref().map_or(Ok(()), |path| write_report(&results, path));
    let told = args.csv_intervals.as_deref().map_or(Ok(()), |path| write_intervals(&results, path));
    outcome.and(printed).and(reported).and(told)?;
    Ok(exit_code(&results))
}

fn print(args: &LoadArgs, results: &Results) -> Result<(), RunError> {
    let text = if args.json { results_json(results) } else { Summary(results).to_string() };
    print_text(&text).map_err(RunError::Print)
}

fn exit_code(results: &Results) -> u8 {
    let tally = &results.tally;
    match results.how {
        How::Interrupted => INTERRUPTED,
        How::Whole if tally.failures() + tally.unsent + tally.unfinished > 0 => FAILURES,
        How::Whole => 0,
    }
}
