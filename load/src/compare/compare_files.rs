//! The command as a whole.

use std::io::{self, Write};
use std::process::ExitCode;

use super::comparison::Comparison;
use super::recording::Recording;
use crate::args::CompareArgs;

/// The second run is worse.
const WORSE: u8 = 1;
/// `EX_NOINPUT` of sysexits.h.
const UNREADABLE: u8 = 66;

/// Prints both runs side by side.
pub(crate) fn compare_files(args: &CompareArgs) -> ExitCode {
    let read = |path| Recording::read(path).map_err(|error| eprintln!("ringway: {error}"));
    let (Ok(before), Ok(after)) = (read(&args.before), read(&args.after)) else {
        return ExitCode::from(UNREADABLE);
    };
    let comparison = Comparison::new(&before, &after);
    // Nobody may be reading any more, as behind `| head`.
    let _ = writeln!(io::stdout(), "{comparison}");
    ExitCode::from(if comparison.is_worse() { WORSE } else { 0 })
}
