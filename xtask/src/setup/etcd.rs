//! etcd, which the benches compare with.

use std::path::PathBuf;

use super::SetupError;
use super::debian_program::DebianProgram;

/// Finds etcd on the `PATH`, or takes it out of Debian's package where this is Debian.
///
/// # Errors
/// When neither is to be had.
pub async fn etcd() -> Result<PathBuf, SetupError> {
    let program = DebianProgram {
        tool: "etcd",
        package: "etcd-server",
        path: "usr/bin/etcd",
        names: &["etcd"],
        flag: "--version",
        is_wanted: |_| true,
        by_hand: "install etcd 3.4 or later and put it on the PATH",
    };
    program.find().await
}
