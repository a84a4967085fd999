//! Which cluster a node belongs to.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

const LENGTH_MAX: usize = 64;

/// What a cluster is called: 1 to 64 characters of `a-z 0-9 -`.
///
/// Nodes of two clusters that were given the same addresses, or the same secret, by mistake
/// don't listen to each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct ClusterName(String);

impl ClusterName {
    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ClusterName {
    type Err = ClusterNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if (1..=LENGTH_MAX).contains(&text.len()) && text.bytes().all(is_allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ClusterNameError { text: text.to_owned() })
        }
    }
}

impl TryFrom<String> for ClusterName {
    type Error = ClusterNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for ClusterName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A text that can't be a [`ClusterName`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "{text:?} is not a cluster's name: it must be 1 to {LENGTH_MAX} of the characters a-z 0-9 -"
)]
pub struct ClusterNameError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_and_plain() {
        for name in ["a", "ringway", "eu-1", "-", &"x".repeat(64)] {
            assert_eq!(name.parse::<ClusterName>().unwrap().as_str(), name);
        }
        for text in ["", "A", "a b", "a.b", "ü", &"x".repeat(65)] {
            assert!(text.parse::<ClusterName>().is_err(), "{text}");
        }
    }
}
