//! What a user is called.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The longest name, in bytes.
const BYTES_MAX: usize = 64;

/// What a user is called: 1 to 64 letters, digits and `.`, `_`, `-`, `@`. It stands in paths and
/// log lines as it is, so nothing in it can be mistaken there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserName(String);

impl UserName {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no user's name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a user's name has from 1 to {BYTES_MAX} letters, digits, and any of . _ - @")]
pub struct UserNameError;

impl TryFrom<String> for UserName {
    type Error = UserNameError;

    fn try_from(text: String) -> Result<Self, UserNameError> {
        let may_stand = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte);
        let is_name = (1..=BYTES_MAX).contains(&text.len()) && text.bytes().all(may_stand);
        if is_name { Ok(Self(text)) } else { Err(UserNameError) }
    }
}

impl FromStr for UserName {
    type Err = UserNameError;

    fn from_str(text: &str) -> Result<Self, UserNameError> {
        text.to_owned().try_into()
    }
}

impl From<UserName> for String {
    fn from(name: UserName) -> Self {
        name.0
    }
}

impl fmt::Display for UserName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_can_stand_in_a_path_and_a_log() {
        for name in ["a", "ann.lee@example.org", "CI-7_x", &"x".repeat(64)] {
            assert_eq!(name.parse::<UserName>().unwrap().as_str(), name);
        }
        for name in ["", "a b", "a/b", "ä", "a\n", "a%2f", "\"", &"x".repeat(65)] {
            assert_eq!(name.parse::<UserName>(), Err(UserNameError), "{name:?}");
        }
        assert!(serde_json::from_str::<UserName>("\"a/b\"").is_err());
    }
}
