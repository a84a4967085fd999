//! What lets one node join a cluster, once.

use std::fmt::{self, Write};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ringway_auth::{PrivateFileError, open_private_file};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;
use zeroize::Zeroizing;

/// What a token begins with, so that it is known for one wherever it turns up.
const PREFIX: &str = "ringway-join-";
const BYTES: usize = 32;
/// More than this is some other file.
const FILE_BYTES_MAX: u64 = 4096;

/// What lets one node join a cluster, once. It can't be printed by accident.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct JoinToken(Zeroizing<String>);

/// What the cluster keeps of a [`JoinToken`]: its SHA-256. Who reads it can't join by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct JoinTokenHash([u8; 32]);

impl JoinToken {
    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = Zeroizing::new([0; BYTES]);
        getrandom::fill(&mut *bytes)?;
        let mut text = Zeroizing::new(PREFIX.to_owned());
        for byte in *bytes {
            write!(text, "{byte:02x}").unwrap_or_else(|error| unreachable!("{error}"));
        }
        Ok(Self(text))
    }

    /// The token in the file at `path`.
    ///
    /// # Errors
    /// When the file can't be read, can be read by others than its owner, or holds no token.
    pub fn read(path: &Path) -> Result<Self, JoinTokenFileError> {
        let unreadable = |source| PrivateFileError::unreadable(path, source);
        let file = open_private_file(path)?;
        let mut text = Zeroizing::new(String::new());
        file.take(FILE_BYTES_MAX).read_to_string(&mut text).map_err(unreadable)?;
        text.trim().parse().map_err(|_| JoinTokenFileError::NoToken { path: path.to_owned() })
    }

    /// The token itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What the cluster keeps of it.
    #[must_use]
    pub fn hash(&self) -> JoinTokenHash {
        JoinTokenHash(Sha256::digest(self.0.as_bytes()).into())
    }
}

impl FromStr for JoinToken {
    type Err = NoJoinToken;

    fn from_str(text: &str) -> Result<Self, NoJoinToken> {
        let digits = text.strip_prefix(PREFIX).ok_or(NoJoinToken)?;
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() == 2 * BYTES && digits.bytes().all(is_digit) {
            Ok(Self(Zeroizing::new(text.to_owned())))
        } else {
            Err(NoJoinToken)
        }
    }
}

impl TryFrom<String> for JoinToken {
    type Error = NoJoinToken;

    fn try_from(text: String) -> Result<Self, NoJoinToken> {
        Zeroizing::new(text).parse()
    }
}

impl From<JoinToken> for String {
    fn from(token: JoinToken) -> Self {
        token.reveal().to_owned()
    }
}

/// Nothing that lets somebody in.
impl fmt::Debug for JoinToken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("JoinToken(..)")
    }
}

/// A text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("no join token: that is {PREFIX} and {digits} hexadecimal digits", digits = 2 * BYTES)]
pub struct NoJoinToken;

/// Why there is no token.
#[derive(Debug, Error)]
pub enum JoinTokenFileError {
    /// It can't be read, or not by its owner alone.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// The file holds none.
    #[error("{path} holds no join token, as `ringway token create` prints one", path = path.display())]
    NoToken {
        /// Which file.
        path: PathBuf,
    },
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use tempfile::NamedTempFile;

    use super::*;

    #[test]
    fn a_token_is_read_from_a_file_of_its_owner_alone_and_never_shown() {
        let token = JoinToken::random().unwrap();
        assert_ne!(token, JoinToken::random().unwrap());
        let file = NamedTempFile::new().unwrap();
        fs::write(file.path(), format!("{}\n", token.reveal())).unwrap();
        let read = JoinToken::read(file.path()).unwrap();
        assert_eq!((&read, read.hash()), (&token, token.hash()));
        assert_eq!(format!("{token:?}"), "JoinToken(..)");
        fs::set_permissions(file.path(), Permissions::from_mode(0o644)).unwrap();
        let refused = JoinToken::read(file.path()).unwrap_err().to_string();
        assert!(refused.contains("mode 644") && refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn what_is_no_token_is_not_taken_for_one() {
        let token = JoinToken::random().unwrap();
        let text = token.reveal();
        for other in
            ["", "ringway-join-", &text[1..], &text[..text.len() - 1], &text.to_uppercase()]
        {
            assert_eq!(other.parse::<JoinToken>(), Err(NoJoinToken), "{other}");
        }
        let json = serde_json::to_string(&token).unwrap();
        assert_eq!(serde_json::from_str::<JoinToken>(&json).unwrap(), token);
    }
}
