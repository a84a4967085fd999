//! The program `ip`, for tests that lay a network of their own.

use tokio::process::Command;

use super::SetupError;
use super::command::run;

/// Finds `ip` on the `PATH`, or installs Debian's package where this is Debian and the user
/// is root.
///
/// # Errors
/// When neither is so.
pub async fn iproute() -> Result<(), SetupError> {
    if run(Command::new("ip").arg("-Version")).await.is_ok() {
        return Ok(());
    }
    let install = ["install", "--yes", "--no-install-recommends", "iproute2"];
    let installed = run(Command::new("apt-get").args(install)).await;
    installed.map(drop).map_err(|reason| SetupError {
        tool: "ip",
        reason,
        by_hand: "install iproute2 and put it on the PATH".to_owned(),
    })
}
