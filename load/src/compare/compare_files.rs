//! The command as a whole.

use std::process::ExitCode;

use super::comparison::Comparison;
use super::recording::Recording;
use crate::args::CompareArgs;
use crate::output::print_text;

/// The second run is worse.
const WORSE: u8 = 1;
/// `EX_NOINPUT` of sysexits.h.
const UNREADABLE: u8 = 66;
/// `EX_IOERR`.
const UNWRITABLE: u8 = 74;

/// Prints both runs side by side.
pub(crate) fn compare_files(args: &CompareArgs) -> ExitCode {
    let read = |path| Recording::read(path).map_err(|error| eprintln!("ringway: {error}"));
    let (Ok(before), Ok(after)) = (read(&args.before), read(&args.after)) else {
        return ExitCode::from(UNREADABLE);
    };
    let comparison = Comparison::new(&before, &after);
    let text = if args.json { comparison.to_json() } else { comparison.to_string() };
    if let Err(error) = print_text(&text) {
        eprintln!("ringway: the standard output can't be written: {error}");
        return ExitCode::from(UNWRITABLE);
    }
    ExitCode::from(if comparison.is_worse() { WORSE } else { 0 })
}
