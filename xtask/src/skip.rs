//! Tests that have nothing to run on.

use std::io::{self, Write};

/// What stands before the reason. A test that says so passes, and is counted as skipped.
pub const SKIPPED: &str = "SKIPPED: ";

/// Says on standard output, past the test runner that would keep it to itself, that a
/// test is skipped and why.
pub fn skip(reason: &str) {
    // A line of its own: the runner may be in the middle of one.
    let _closed = writeln!(io::stdout(), "\n{SKIPPED}{reason}");
}
