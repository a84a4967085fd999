//! Running the programs that set something up.

use std::process::Stdio;

use thiserror::Error;
use tokio::process::Command;

/// A tool that could not be set up.
#[derive(Debug, Error)]
#[error("{tool} could not be set up: {reason}. By hand: {by_hand}")]
pub struct SetupError {
    /// What is missing.
    pub tool: &'static str,
    /// What went wrong, without the full stop.
    pub reason: String,
    /// What a person can do instead.
    pub by_hand: String,
}

/// Runs `command` and returns what it prints, or a sentence's middle that says what
/// went wrong.
pub(super) async fn run(command: &mut Command) -> Result<String, String> {
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await;
    let output = output.map_err(|error| format!("{program} could not be started ({error})"))?;
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        let last = stderr.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("nothing said");
        return Err(format!("{program} ended with {} ({})", output.status, last.trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
