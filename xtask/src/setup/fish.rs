//! A shell that the tests have complete what is typed.

use std::path::PathBuf;

use super::SetupError;
use super::debian_program::DebianProgram;

/// Finds fish on the `PATH`, or takes it out of Debian's package where this is Debian.
///
/// # Errors
/// When neither is to be had.
pub async fn fish() -> Result<PathBuf, SetupError> {
    let program = DebianProgram {
        tool: "fish",
        package: "fish",
        path: "usr/bin/fish",
        names: &["fish"],
        flag: "--version",
        is_wanted: |_| true,
        by_hand: "install fish and put it on the PATH",
    };
    program.find().await
}
