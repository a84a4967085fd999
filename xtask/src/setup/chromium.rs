//! The browser in which the tests look at reports. It is large: more than 100 MB to fetch.

use std::path::PathBuf;

use super::SetupError;
use super::debian_program::DebianProgram;

/// Finds Chromium on the `PATH`, or takes it out of Debian's package where this is Debian.
///
/// # Errors
/// When neither is to be had.
pub async fn chromium() -> Result<PathBuf, SetupError> {
    let program = DebianProgram {
        tool: "Chromium",
        package: "chromium-headless-shell",
        path: "usr/lib/chromium/chromium-headless-shell",
        names: &["chromium", "chromium-headless-shell", "chromium-browser", "google-chrome"],
        flag: "--version",
        is_wanted: |_| true,
        by_hand: "install Chromium and put it on the PATH",
    };
    program.find().await
}
