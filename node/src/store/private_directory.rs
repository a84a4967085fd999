//! Directories that only their owner reaches into: of values, and of what the cluster knows its
//! users by.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

const OWNER_ONLY: u32 = 0o700;

/// Makes `path`, and what is missing above it. One that is there may be others' too, so it stays
/// as it is.
///
/// # Errors
/// As the system says.
pub(super) fn create(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(OWNER_ONLY).create(path)
}

/// Makes `path` if need be, and closes it to others if it is there.
///
/// # Errors
/// As the system says.
pub(super) fn create_or_close(path: &Path) -> io::Result<()> {
    create(path)?;
    fs::set_permissions(path, Permissions::from_mode(OWNER_ONLY))
}
