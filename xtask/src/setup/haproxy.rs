//! HAProxy, the other edge.

use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::SetupError;
use super::command::run;
use super::debian_package::{keep, unpacked};
use crate::repository;

/// Debian's package.
const PACKAGE: &str = "haproxy";
/// Before it, the configuration is not understood.
const OLDEST: (u32, u32) = (2, 6);

/// Finds HAProxy on the `PATH`, or takes it out of Debian's package where this is Debian. What
/// it needs of libraries is installed, where the user is root.
///
/// # Errors
/// When neither is to be had.
pub async fn haproxy() -> Result<PathBuf, SetupError> {
    let kept = repository::tools().join("haproxy");
    // Where administrators' programs are, which not everybody has on the `PATH`.
    for haproxy in [PathBuf::from("haproxy"), PathBuf::from("/usr/sbin/haproxy"), kept.clone()] {
        if is_wanted(&haproxy).await {
            return Ok(haproxy);
        }
    }
    unpack(&kept).await.map(|()| kept).map_err(|reason| SetupError {
        tool: "HAProxy",
        reason,
        by_hand: "install HAProxy 2.6 or later, built with PCRE2, and put it on the PATH"
            .to_owned(),
    })
}

async fn is_wanted(haproxy: &Path) -> bool {
    let version = run(Command::new(haproxy).arg("-v")).await.unwrap_or_default();
    number(&version).is_some_and(|version| version >= OLDEST)
}

/// `HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/` is of 2.6.
fn number(said: &str) -> Option<(u32, u32)> {
    let version = said.split_once("version ")?.1;
    let mut numbers = version.split(['.', '-']).map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

async fn unpack(to: &Path) -> Result<(), String> {
    let package = unpacked(PACKAGE).await?;
    let program = package.path().join("usr/sbin/haproxy");
    if !is_wanted(&program).await {
        let libraries =
            format!("apt-get satisfy --yes \"$(dpkg-deb --field {PACKAGE}_*.deb Depends)\"");
        run(Command::new("sh").args(["-c", &libraries]).current_dir(&package)).await?;
    }
    if !is_wanted(&program).await {
        return Err("the package's program does not run on this machine".to_owned());
    }
    keep(&program, to)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn the_version_is_read_from_what_it_says() {
        let said = "HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\nStatus: …";
        assert_eq!(number(said), Some((2, 6)));
        assert_eq!(number("HAProxy version 3.0.11-1 2025"), Some((3, 0)));
        assert_eq!(number("HA-Proxy"), None);
    }
}
