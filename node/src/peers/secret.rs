//! What the nodes of a cluster know and nobody else does.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

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
    /// When the file can't be read, or holds too little or too much.
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        let read = std::fs::read(path);
        let bytes = read.map_err(|source| SecretError::Read { path: path.to_owned(), source })?;
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
    /// The file can't be read.
    #[error("{path}: {source}", path = path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_without_the_white_space_around_it_and_never_shown() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        std::fs::write(&path, "\n 0123456789abcdef \r\n").unwrap();
        let secret = Secret::read(&path).unwrap();
        assert_eq!(secret.as_bytes(), b"0123456789abcdef");
        assert_eq!(format!("{secret:?}"), "Secret(..)");
    }

    #[test]
    fn what_is_no_secret_is_refused_and_the_file_named() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("secret");
        let refusal = || Secret::read(&path).unwrap_err().to_string();
        assert!(refusal().contains(path.to_str().unwrap()), "no file: {}", refusal());
        for (text, said) in [
            ("  0123456789abcde\n", "15 bytes"),
            ("", "0 bytes"),
            (&"x".repeat(4097), "4097 bytes"),
        ] {
            std::fs::write(&path, text).unwrap();
            assert!(refusal().contains(said), "{}", refusal());
        }
    }
}
