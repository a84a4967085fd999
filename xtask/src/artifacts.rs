//! What the stack runs: the node, the filter and Envoy.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Stdio;

use clap::ValueEnum;
use serde_json::Value;
use thiserror::Error;
use tokio::sync::OnceCell;

use crate::group::Group;
use crate::repository;
use crate::setup::{self, SetupError};

/// How the node is compiled. The filter has one profile of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// As the tests are: in half the time, and slower to answer.
    Dev,
    /// For people and for measurements.
    Release,
}

/// The programs, built and ready to run.
#[derive(Clone, Debug)]
pub struct Artifacts {
    /// The `ringway` binary.
    pub node: PathBuf,
    /// What an edge needs.
    pub edge: Option<EdgeArtifacts>,
}

/// What an edge needs, ready to run.
#[derive(Clone, Debug)]
pub struct EdgeArtifacts {
    /// The filter's module.
    pub filter: PathBuf,
    /// Envoy.
    pub envoy: PathBuf,
}

impl Artifacts {
    /// Builds what is not built and fetches what is not there, for an edge only where
    /// `edge` says so; once in a process.
    ///
    /// # Errors
    /// When the code does not compile or Envoy is not to be had.
    pub async fn get(profile: Profile, edge: bool) -> Result<Self, ArtifactError> {
        // First what can fail fast.
        let edge = if edge { Some(EdgeArtifacts::get().await?) } else { None };
        let (built, name) = match profile {
            Profile::Dev => (&NODE_DEV, "dev"),
            Profile::Release => (&NODE_RELEASE, "release"),
        };
        let node = built.get_or_try_init(|| build("ringway", name, None)).await?;
        Ok(Self { node: node.clone(), edge })
    }
}

impl EdgeArtifacts {
    /// Builds the filter and finds Envoy, or fetches it; once in a process.
    ///
    /// # Errors
    /// When the filter does not compile or Envoy is not to be had.
    pub async fn get() -> Result<Self, ArtifactError> {
        let envoy = ENVOY.get_or_try_init(setup::envoy).await?;
        let filter = FILTER.get_or_try_init(build_filter).await?;
        Ok(Self { filter: filter.clone(), envoy: envoy.clone() })
    }
}

/// Finds HAProxy, or fetches it; once in a process.
///
/// # Errors
/// When it is not to be had.
pub async fn haproxy() -> Result<PathBuf, ArtifactError> {
    Ok(HAPROXY.get_or_try_init(setup::haproxy).await?.clone())
}

static HAPROXY: OnceCell<PathBuf> = OnceCell::const_new();
static ENVOY: OnceCell<PathBuf> = OnceCell::const_new();
static FILTER: OnceCell<PathBuf> = OnceCell::const_new();
static NODE_DEV: OnceCell<PathBuf> = OnceCell::const_new();
static NODE_RELEASE: OnceCell<PathBuf> = OnceCell::const_new();

const FILTER_TARGET: &str = "wasm32-wasip1";

async fn build_filter() -> Result<PathBuf, ArtifactError> {
    setup::wasm_target(FILTER_TARGET).await?;
    build("ringway-filter", "filter", Some(FILTER_TARGET)).await
}

/// Builds `package` and asks Cargo where it put the result: the target directory is
/// the user's to choose.
async fn build(
    package: &'static str,
    profile: &str,
    target: Option<&str>,
) -> Result<PathBuf, ArtifactError> {
    let mut cargo = repository::cargo();
    cargo.args(["build", "--message-format", "json-render-diagnostics"]);
    cargo.args(["--package", package, "--profile", profile]);
    cargo.args(target.into_iter().flat_map(|target| ["--target", target]));
    // What the compiler has to say goes where the user reads it.
    cargo.stdin(Stdio::null()).stderr(Stdio::inherit());
    let no_cargo = |source| ArtifactError::NoCargo { source };
    // Nobody who gives up on the build has its compilers running on.
    let group = Group::new().map_err(no_cargo)?;
    cargo.process_group(group.id());
    let output = tokio::process::Command::from(cargo).kill_on_drop(true).output();
    let output = output.await.map_err(no_cargo)?;
    if !output.status.success() {
        return Err(ArtifactError::Build { package });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().rev().find_map(artifact).ok_or(ArtifactError::NoArtifact { package })
}

/// The program or wasm module that one of Cargo's messages tells of.
fn artifact(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    if let Some(program) = message.get("executable").and_then(Value::as_str) {
        return Some(program.into());
    }
    let files = message.get("filenames")?.as_array()?.iter().filter_map(Value::as_str);
    files.map(PathBuf::from).find(|file| file.extension().is_some_and(|end| end == "wasm"))
}

/// Why there is nothing to run.
#[derive(Debug, Error)]
pub enum ArtifactError {
    /// Cargo could not be started.
    #[error("cargo could not be started: {source}")]
    NoCargo {
        /// The system's word.
        source: std::io::Error,
    },
    /// The compiler's messages were shown already.
    #[error("{package} does not compile; the compiler's messages are above")]
    Build {
        /// Which package.
        package: &'static str,
    },
    /// The build went well and made nothing.
    #[error("building {package} made neither a program nor a wasm module")]
    NoArtifact {
        /// Which package.
        package: &'static str,
    },
    /// A tool is missing.
    #[error(transparent)]
    Setup(#[from] SetupError),
}

#[cfg(test)]
mod tests {
    use super::artifact;

    #[test]
    fn the_result_is_found_among_cargos_messages() {
        let program = r#"{"filenames":["/t/debug/ringway"],"executable":"/t/debug/ringway"}"#;
        assert_eq!(artifact(program), Some("/t/debug/ringway".into()));
        let module = r#"{"filenames":["/t/a.wasm","/t/liba.rlib"],"executable":null}"#;
        assert_eq!(artifact(module), Some("/t/a.wasm".into()));
        for other in [r#"{"reason":"build-finished"}"#, r#"{"filenames":["/t/liba.rlib"]}"#, ""] {
            assert_eq!(artifact(other), None, "{other}");
        }
    }
}
