//! Debian's packages, taken apart instead of installed: that needs no root, leaves the machine
//! as it is, and starts no servers.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::process::Command;

use super::command::run;
use crate::repository;

/// Where the contents of `package` are kept, with those of all that it needs and this machine
/// lacks.
pub(super) async fn with_dependencies(package: &str) -> Result<PathBuf, String> {
    let kept = repository::tools().join(format!("debian-{package}"));
    if kept.is_dir() {
        return Ok(kept);
    }
    let mut known = lacking(package).await;
    if known.is_err() {
        // Nothing is known of packages on a new machine, or nothing that is true any more.
        run(Command::new("apt-get").arg("update")).await?;
        known = lacking(package).await;
    }
    let lacking = known?;
    let directory = unpack(&lacking).await?;
    let failed = |error| could_not_be_written(&kept, &error);
    match fs::rename(directory.path(), &kept) {
        // Another process was faster.
        Err(_) if kept.is_dir() => Ok(kept),
        moved => moved.map(|()| kept.clone()).map_err(failed),
    }
}

/// The packages that would be installed with `package`.
async fn lacking(package: &str) -> Result<Vec<String>, String> {
    let install = ["install", "--simulate", "--no-install-recommends", package];
    Ok(to_install(&run(Command::new("apt-get").args(install)).await?))
}

/// Of what `apt-get --simulate` says, the packages that would be installed.
fn to_install(said: &str) -> Vec<String> {
    let names = said.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next());
    names.map(str::to_owned).collect()
}

/// The contents of `packages`, all in one directory.
async fn unpack(packages: &[String]) -> Result<TempDir, String> {
    let tools = repository::tools();
    let failed = |error| could_not_be_written(&tools, &error);
    fs::create_dir_all(&tools).map_err(failed)?;
    let directory = tempfile::tempdir_in(&tools).map_err(failed)?;
    let mut download = Command::new("apt-get");
    run(download.arg("download").args(packages).current_dir(&directory)).await?;
    let unpack = "for it in *.deb; do dpkg-deb --extract \"$it\" . && rm \"$it\" || exit; done";
    run(Command::new("sh").args(["-c", unpack]).current_dir(&directory)).await?;
    Ok(directory)
}

pub(super) fn could_not_be_written(path: &Path, error: &std::io::Error) -> String {
    format!("{} could not be written ({error})", path.display())
}

#[cfg(test)]
mod tests {
    use super::to_install;

    #[test]
    fn what_would_be_installed_is_read_from_what_apt_says() {
        let said = "Reading package lists...\n\
            Inst libpcre2-8-0 [10.42-1+deb12u1] (10.42-1+deb12u2 Debian-Security:12 [amd64])\n\
            Inst fish (3.6.0-3.1+deb12u1 Debian:12.15/oldstable [amd64])\n\
            Conf fish (3.6.0-3.1+deb12u1 Debian:12.15/oldstable [amd64])\n";
        assert_eq!(to_install(said), ["libpcre2-8-0", "fish"]);
    }
}
