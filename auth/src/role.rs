//! What kind of user somebody is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What kind of user somebody is. Each may do what those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads values, and how the cluster is.
    Reader,
    /// Stores and deletes them too.
    Writer,
    /// Changes the ring, the servers and the users too.
    Admin,
}

impl Role {
    /// As it is written.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Writer => "writer",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// A text that is no role.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is no role: there are reader, writer and admin")]
pub struct RoleError {
    text: String,
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        let roles = [Self::Reader, Self::Writer, Self::Admin];
        let found = roles.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| RoleError { text: text.to_owned() })
    }
}
