//! Files that are their owner's alone.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// What others than its owner may do with a file.
const OTHERS: u32 = 0o077;

/// Opens the file at `path`, to be read, where nobody but its owner can use it.
///
/// # Errors
/// When it can't be opened, or others can use it.
pub fn open_private_file(path: &Path) -> Result<File, PrivateFileError> {
    let unreadable = |source| PrivateFileError::unreadable(path, source);
    let file = File::open(path).map_err(unreadable)?;
    match open_to_others(&file).map_err(unreadable)? {
        Some(mode) => Err(PrivateFileError::Open { path: path.to_owned(), mode }),
        None => Ok(file),
    }
}

/// The mode of `file` where others than its owner can use it: of what was opened, whatever its
/// path means by now.
///
/// # Errors
/// When the system doesn't tell.
pub fn open_to_others(file: &File) -> io::Result<Option<u32>> {
    let mode = file.metadata()?.mode() & 0o777;
    Ok((mode & OTHERS != 0).then_some(mode))
}

/// Why a file that should be its owner's alone is not read.
#[derive(Debug, Error)]
pub enum PrivateFileError {
    /// The file can't be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others than its owner can use the file.
    #[error("{path} is open to others (mode {mode:03o}): chmod 600 it", path = path.display())]
    Open {
        /// Which file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
}

impl PrivateFileError {
    /// The file at `path` can't be read.
    #[must_use]
    pub fn unreadable(path: &Path, source: io::Error) -> Self {
        Self::Read { path: path.to_owned(), source }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_private_where_only_its_owner_can_use_it() {
        let file = tempfile::tempfile().unwrap();
        for (mode, open) in [
            (0o600, None),
            (0o400, None),
            (0o700, None),
            (0o640, Some(0o640)),
            (0o604, Some(0o604)),
            (0o620, Some(0o620)),
            (0o601, Some(0o601)),
        ] {
            file.set_permissions(Permissions::from_mode(mode)).unwrap();
            assert_eq!(open_to_others(&file).unwrap(), open, "{mode:o}");
        }
    }
}
