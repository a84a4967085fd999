//! Debian's packages, taken apart instead of installed: to install one would start a server on
//! this machine for good.

use std::fs;
use std::path::Path;

use tempfile::TempDir;
use tokio::process::Command;

use super::command::run;
use crate::repository;

/// The contents of `package`, of which what is wanted can be moved to beside this directory.
pub(super) async fn unpacked(package: &str) -> Result<TempDir, String> {
    let tools = repository::tools();
    let failed = |error| could_not_be_written(&tools, &error);
    fs::create_dir_all(&tools).map_err(failed)?;
    let directory = tempfile::tempdir_in(&tools).map_err(failed)?;
    run(Command::new("apt-get").args(["download", package]).current_dir(&directory)).await?;
    let unpack = format!("dpkg-deb --extract {package}_*.deb .");
    run(Command::new("sh").args(["-c", &unpack]).current_dir(&directory)).await?;
    Ok(directory)
}

/// Moves `program` out of a package, to where it is kept.
pub(super) fn keep(program: &Path, kept: &Path) -> Result<(), String> {
    fs::rename(program, kept).map_err(|error| could_not_be_written(kept, &error))
}

fn could_not_be_written(path: &Path, error: &std::io::Error) -> String {
    format!("{} could not be written ({error})", path.display())
}
