//! etcd, which the benches compare with.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::SetupError;
use super::command::run;
use super::debian_package::{keep, unpacked};
use crate::repository;

/// Debian's package.
const PACKAGE: &str = "etcd-server";

/// Finds etcd on the `PATH`, or takes it out of Debian's package where this is Debian.
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
    let package = unpacked(PACKAGE).await?;
    keep(&package.path().join("usr/bin/etcd"), to)
}
