//! A file with a password.

use std::io::Read;
use std::path::{Path, PathBuf};

use thiserror::Error;
use zeroize::Zeroizing;

use crate::{Password, PasswordError, PrivateFileError, open_private_file};

/// More than this is some other file.
const BYTES_MAX: u64 = 4096;

/// The password in the file at `path`, without the end of its line.
///
/// # Errors
/// When the file can't be read, can be read by others than its owner, or holds no password.
pub fn read_password_file(path: &Path) -> Result<Password, PasswordFileError> {
    let unreadable = |source| PrivateFileError::unreadable(path, source);
    let file = open_private_file(path)?;
    let mut text = Zeroizing::new(String::new());
    file.take(BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
    let line = text.trim_end_matches(['\r', '\n']);
    let password = Password::new(line.to_owned());
    password.map_err(|error| PasswordFileError::Password { path: path.to_owned(), error })
}

/// Why there is no password.
#[derive(Debug, Error)]
pub enum PasswordFileError {
    /// It can't be read, or not by its owner alone.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file holds no password.
    #[error("{path}: {error}", path = path.display())]
    Password {
        /// Which file.
        path: PathBuf,
        /// Why not.
        error: PasswordError,
    },
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_password_is_the_line_in_a_file_of_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("password");
        let read = || read_password_file(&path).map_err(|error| error.to_string());
        assert!(read().unwrap_err().contains("password: "), "no file");
        for (text, password) in [("a password\n", "a password"), (" spaces  \r\n", " spaces  ")] {
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
            assert_eq!(read().unwrap().reveal(), password);
        }
        for (mode, said) in [(0o640, "mode 640"), (0o604, "mode 604"), (0o660, "chmod 600")] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            assert!(read().unwrap_err().contains(said), "{mode:o}");
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o400)).unwrap();
        assert!(read().is_ok());
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(&path, "short\n").unwrap();
        assert!(read().unwrap_err().contains("not 5"), "{:?}", read());
    }
}
