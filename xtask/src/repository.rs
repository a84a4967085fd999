//! Where things are.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository that this program was built from.
#[must_use]
pub fn root() -> &'static Path {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask)
}

/// Where programs are kept that the repository needs and the machine lacks. Always in
/// the repository, wherever the build goes: they are found again by every build.
#[must_use]
pub fn tools() -> PathBuf {
    root().join("target").join("tools")
}

/// Cargo, the one that started this program where one did, at the repository's root.
#[must_use]
pub fn cargo() -> Command {
    let program = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut cargo = Command::new(program);
    cargo.current_dir(root());
    cargo
}
