//! The load generator wrk, for the benches.

use tokio::process::Command;

use super::SetupError;
use super::command::run;

/// Finds wrk on the `PATH`, or installs Debian's package where this is Debian and the
/// user is root.
///
/// # Errors
/// When neither is so.
pub async fn wrk() -> Result<(), SetupError> {
    // Without arguments it explains itself and fails; only its absence matters.
    if Command::new("wrk").arg("--version").output().await.is_ok() {
        return Ok(());
    }
    let install = ["install", "--yes", "--no-install-recommends", "wrk"];
    let installed = run(Command::new("apt-get").args(install)).await;
    installed.map(drop).map_err(|reason| SetupError {
        tool: "wrk",
        reason,
        by_hand: "install wrk and put it on the PATH".to_owned(),
    })
}
