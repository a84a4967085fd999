//! Where a node stands, for spreading replicas.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::name;

/// What fails together: a rack, a room, a data centre.
///
/// The claim puts the replicas of a partition into distinct zones where it can. Nodes
/// of which nothing is said are together in the zone [`Zone::default`], the empty name.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Zone(String);

impl Zone {
    /// The name itself; empty where nothing was said.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing was said.
    #[must_use]
    pub fn is_unnamed(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for Zone {
    type Err = ZoneError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() || name::is_valid(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ZoneError { text: text.to_owned() })
        }
    }
}

impl TryFrom<String> for Zone {
    type Error = ZoneError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A text that can't be a [`Zone`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not a zone: it must be up to 63 of the characters A-Z a-z 0-9 . _ -")]
pub struct ZoneError {
    text: String,
}
