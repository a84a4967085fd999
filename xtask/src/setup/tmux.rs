//! The terminal in which the tests look at what a person sees.

use std::path::PathBuf;

use super::SetupError;
use super::debian_program::DebianProgram;

/// Finds tmux on the `PATH`, or takes it out of Debian's package where this is Debian.
///
/// # Errors
/// When neither is to be had.
pub async fn tmux() -> Result<PathBuf, SetupError> {
    let program = DebianProgram {
        tool: "tmux",
        package: "tmux",
        path: "usr/bin/tmux",
        names: &["tmux"],
        flag: "-V",
        is_wanted: |_| true,
        by_hand: "install tmux and put it on the PATH",
    };
    program.find().await
}
