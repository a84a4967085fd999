//! etcd, which the benches compare with.

use std::fs;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::SetupError;
use super::command::run;
use crate::repository;

/// Debian's package.
const PACKAGE: &str = "etcd-server";

/// Finds etcd on the `PATH`, or takes it out of Debian's package where this is Debian.
/// The package is not installed: that would start a server on this machine for good.
///
/// # Errors
/// When neither is to be had.
pub async fn etcd() -> Result<PathBuf, SetupError> {
    let kept = repository::tools().join("etcd");
    for etcd in [PathBuf::from("etcd"), kept.clone()] {
        if run(Command::new(&etcd).arg("--version")).await.is_ok() {
            return Ok(etcd);
        }
    }
    unpack(&kept).await.map(|()| kept).map_err(|reason| SetupError {
        tool: "etcd",
        reason,
        by_hand: "install etcd 3.4 or later and put it on the PATH".to_owned(),
    })
}

async fn unpack(to: &Path) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("{} could not be written ({error})", to.display());
    let tools = repository::tools();
    fs::create_dir_all(&tools).map_err(failed)?;
    let fetched = tempfile::tempdir_in(&tools).map_err(failed)?;
    run(Command::new("apt-get").args(["download", PACKAGE]).current_dir(&fetched)).await?;
    let unpack = format!("dpkg-deb --extract {PACKAGE}_*.deb .");
    run(Command::new("sh").args(["-c", &unpack]).current_dir(&fetched)).await?;
    fs::rename(fetched.path().join("usr/bin/etcd"), to).map_err(failed)
}
