//! What the nodes of a cluster know and nobody else does.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use ringway_auth::{PrivateFileError, SealedFor, SealingKey, open_private_file};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::cluster_id::ClusterId;

/// Below this a secret could be guessed.
const BYTES_MIN: usize = 16;
/// Above this it is some other file.
const BYTES_MAX: usize = 4096;

/// What the nodes of a cluster share to recognise each other. It can't be printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    bytes: Vec<u8>,
}

impl Secret {
    /// The secret in the file at `path`, without the white space around it: 16 to 4096
    /// bytes.
    ///
    /// # Errors
    /// When the file can't be read, can be read by others than its owner, or holds too little
    /// or too much.
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        let unreadable = |source| PrivateFileError::unreadable(path, source);
        let mut file = open_private_file(path)?;
        let mut bytes = Zeroizing::new(Vec::new());
        file.read_to_end(&mut bytes).map_err(unreadable)?;
        Self::new(&bytes).map_err(|length| SecretError::Length { path: path.to_owned(), length })
    }

    /// `bytes` without the white space around them, or how many are left where that is too
    /// few or too many.
    fn new(bytes: &[u8]) -> Result<Self, usize> {
        let bytes = bytes.trim_ascii();
        if (BYTES_MIN..=BYTES_MAX).contains(&bytes.len()) {
            Ok(Self { bytes: bytes.to_owned() })
        } else {
            Err(bytes.len())
        }
    }

    /// The secret itself.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What seals for this purpose what the nodes of `cluster` keep.
    pub(crate) fn sealing_key(&self, cluster: ClusterId, purpose: SealedFor) -> SealingKey {
        SealingKey::new(&self.bytes, &cluster.to_string(), purpose)
    }
}

/// Nothing of the secret: configurations are logged.
impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(..)")
    }
}

/// Why there is no secret.
#[derive(Debug, Error)]
pub enum SecretError {
    /// It can't be read, or not by its owner alone.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file holds no secret.
    #[error(
        "{path} holds {length} bytes: a secret has from {BYTES_MIN} to {BYTES_MAX}",
        path = path.display()
    )]
    Length {
        /// Which file.
        path: PathBuf,
        /// The bytes in it, without the white space around them.
        length: usize,
    },
}

/// The one that says `text`.
#[cfg(test)]
pub(crate) fn secret_of(text: &str) -> Secret {
    Secret::new(text.as_bytes()).unwrap()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use tempfile::NamedTempFile;

    use super::*;

    #[test]
    fn a_secret_is_read_without_the_white_space_around_it_and_never_shown() {
        let file = NamedTempFile::new().unwrap();
        fs::write(file.path(), "\n 0123456789abcdef \r\n").unwrap();
        let secret = Secret::read(file.path()).unwrap();
        assert_eq!(secret.as_bytes(), b"0123456789abcdef");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }

    #[test]
    fn what_is_no_secret_is_refused_and_the_file_named() {
        let nowhere = Secret::read("/nowhere/secret".as_ref()).unwrap_err().to_string();
        assert!(nowhere.contains("/nowhere/secret: "), "{nowhere}");
        let file = NamedTempFile::new().unwrap();
        let refusal = || Secret::read(file.path()).unwrap_err().to_string();
        for (text, said) in [
            ("  0123456789abcde\n", "15 bytes"),
            ("", "0 bytes"),
            (&"x".repeat(4097), "4097 bytes"),
        ] {
            fs::write(file.path(), text).unwrap();
            assert!(refusal().contains(said), "{}", refusal());
        }
    }
    #[test]
    fn a_secret_that_others_can_read_is_none() {
        let file = NamedTempFile::new().unwrap();
        fs::write(file.path(), "0123456789abcdef").unwrap();
        for (mode, said) in [(0o640, "mode 640"), (0o604, "mode 604"), (0o622, "chmod 600")] {
            fs::set_permissions(file.path(), Permissions::from_mode(mode)).unwrap();
            let refusal = Secret::read(file.path()).unwrap_err().to_string();
            assert!(refusal.contains(said), "{mode:o}: {refusal}");
        }
        fs::set_permissions(file.path(), Permissions::from_mode(0o400)).unwrap();
        assert!(Secret::read(file.path()).is_ok());
    }
}
