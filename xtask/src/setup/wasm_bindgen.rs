//! The program that runs wasm tests under Node.js.

use std::fs;
use std::path::PathBuf;

use tokio::process::Command;

use super::SetupError;
use super::command::run;
use crate::repository;

/// Makes sure that `wasm-bindgen-test-runner` is there, of the version that the tests
/// are linked with.
///
/// # Errors
/// When it can't be built.
pub async fn wasm_bindgen_test_runner() -> Result<PathBuf, SetupError> {
    let failed = |reason| SetupError {
        tool: "wasm-bindgen-test-runner",
        reason,
        by_hand: "cargo install wasm-bindgen-cli at the version of wasm-bindgen in Cargo.lock"
            .to_owned(),
    };
    let lock = fs::read_to_string(repository::root().join("Cargo.lock"));
    let lock = lock.map_err(|error| failed(format!("Cargo.lock can't be read ({error})")))?;
    let version = locked_version(&lock, "wasm-bindgen");
    let version = version.ok_or_else(|| failed("Cargo.lock does not name it".to_owned()))?;
    let root = repository::tools().join(format!("wasm-bindgen-{version}"));
    let runner = root.join("bin").join("wasm-bindgen-test-runner");
    if run(Command::new(&runner).arg("--version")).await.is_err() {
        run(&mut install(version, &root)).await.map_err(failed)?;
    }
    Ok(runner)
}

/// Unoptimised, since a build that lasts minutes would be spent on tests that last
/// milliseconds.
fn install(version: &str, root: &std::path::Path) -> Command {
    let mut cargo = Command::from(repository::cargo());
    cargo.args(["install", "--quiet", "wasm-bindgen-cli", "--version", version, "--debug"]);
    cargo.args(["--bin", "wasm-bindgen-test-runner", "--root"]).arg(root);
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_PROFILE_DEV_OPT_LEVEL", "0");
    cargo
}

/// The version of `package` in the text of a `Cargo.lock`.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn the_version_is_the_packages_own() {
        let lock = "[[package]]\nname = \"wasm\"\nversion = \"1.0.0\"\n\n\
                    [[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.130\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(locked_version(lock, "bindgen"), None);
    }
}
