//! A shell that the tests have complete what is typed.

use std::path::PathBuf;

use super::SetupError;
use super::debian_program::DebianProgram;

/// Finds zsh on the `PATH`, or takes it out of Debian's package where this is Debian.
///
/// # Errors
/// When neither is to be had.
pub async fn zsh() -> Result<PathBuf, SetupError> {
    let program = DebianProgram {
        tool: "zsh",
        package: "zsh",
        path: "bin/zsh",
        names: &["zsh"],
        flag: "--version",
        is_wanted: |_| true,
        by_hand: "install zsh and put it on the PATH",
    };
    program.find().await
}
