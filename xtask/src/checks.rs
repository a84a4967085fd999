//! `cargo xtask test`: everything that guards the repository, in one command.

mod step;
mod tally;

use crate::artifacts::{self, ArtifactError, Artifacts, Profile};
use crate::setup::{self, SetupError};
use crate::skip::skip;
use step::Step;
pub use tally::Tally;

use thiserror::Error;

const WASM_TARGET: &str = "wasm32-unknown-unknown";
const RUNNER_VARIABLE: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER";

/// Sets up what the tests need, runs them all, and counts.
///
/// # Errors
/// When something can't be set up. Tests that fail are no error but counted.
pub async fn test() -> Result<Tally, TestError> {
    let mut tally = Tally::default();
    // What costs least and fails most often comes first.
    Step::check("format", &["fmt", "--all", "--check"]).run(&mut tally)?;
    let lints = ["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"];
    Step::check("lints", &lints).run(&mut tally)?;
    // The tests start these; built here, no test's patience is spent on it.
    Artifacts::get(Profile::Dev, true).await?;
    artifacts::haproxy().await?;
    Step::tests("tests", &["test", "--workspace", "--no-fail-fast"]).run(&mut tally)?;
    wasm_tests(&mut tally).await?;
    Ok(tally)
}

/// The ring's tests once more, as the filter runs the ring: on wasm32.
async fn wasm_tests(tally: &mut Tally) -> Result<(), TestError> {
    if !setup::has_node_js().await {
        skip("the ring's tests on wasm32 need Node.js, which is not on the PATH");
        tally.skipped += 1;
        return Ok(());
    }
    setup::wasm_target(WASM_TARGET).await?;
    let runner = setup::wasm_bindgen_test_runner().await?;
    let arguments = ["test", "--package", "ringway-ring", "--target", WASM_TARGET];
    let mut step = Step::tests("tests on wasm32", &arguments);
    step.environment(RUNNER_VARIABLE, &runner);
    step.run(tally)?;
    Ok(())
}

/// Why the tests could not be run.
#[derive(Debug, Error)]
pub enum TestError {
    /// A tool is missing.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// There is nothing to test with.
    #[error(transparent)]
    Artifacts(#[from] ArtifactError),
    /// A step could not be started.
    #[error("cargo could not be run: {0}")]
    Cargo(#[from] std::io::Error),
}
