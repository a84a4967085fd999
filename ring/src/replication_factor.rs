//! How many nodes hold a key.

use core::fmt;
use core::str::FromStr;

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The length of a preference list, from 1 to 7, where there are nodes enough.
///
/// With 3, a majority survives the loss of one node; with 5, of two. Each more costs a
/// copy of the data and a message for each write. Beyond 7 a majority is slower to
/// reach than the failures it guards against are likely.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8")]
pub struct ReplicationFactor(u8);

impl ReplicationFactor {
    /// One copy of everything.
    pub const ONE: Self = Self(1);
    /// 3.
    pub const DEFAULT: Self = Self(3);
    /// 7.
    pub const MAX: Self = Self(7);

    /// A replication factor of `copies`.
    ///
    /// # Errors
    /// When `copies` is not from 1 to 7.
    pub fn new(copies: u8) -> Result<Self, ReplicationFactorError> {
        if (1..=Self::MAX.0).contains(&copies) {
            Ok(Self(copies))
        } else {
            Err(ReplicationFactorError { text: alloc::format!("{copies}") })
        }
    }

    /// The number of copies asked for.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// The number of copies that `nodes` nodes can hold.
    #[must_use]
    pub fn capped(self, nodes: usize) -> usize {
        usize::from(self.0).min(nodes)
    }
}

impl TryFrom<u8> for ReplicationFactor {
    type Error = ReplicationFactorError;

    fn try_from(copies: u8) -> Result<Self, Self::Error> {
        Self::new(copies)
    }
}

impl FromStr for ReplicationFactor {
    type Err = ReplicationFactorError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let copies = text.parse().map_err(|_| ReplicationFactorError { text: text.to_owned() })?;
        Self::new(copies)
    }
}

impl fmt::Display for ReplicationFactor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// What can't be a [`ReplicationFactor`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not a replication factor: it must be a whole number from 1 to 7")]
pub struct ReplicationFactorError {
    text: String,
}
