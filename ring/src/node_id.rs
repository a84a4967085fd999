//! A node's name.

use alloc::borrow::ToOwned;
use alloc::string::String;
use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::name;

/// What a node is called, everywhere: in the view, in metrics, in HAProxy's server
/// names, in `x-ringway-node`.
///
/// 1 to 63 characters of `A-Z a-z 0-9 . _ -`, so that it needs no escaping in any of
/// them. Ordered by bytes; the claim's result depends on this order and on no other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct NodeId(String);

impl NodeId {
    /// The name itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for NodeId {
    type Err = NodeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if name::is_valid(text) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NodeIdError { text: text.to_owned() })
        }
    }
}

impl TryFrom<String> for NodeId {
    type Error = NodeIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A text that can't be a [`NodeId`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not a node id: it must be 1 to 63 of the characters A-Z a-z 0-9 . _ -")]
pub struct NodeIdError {
    text: String,
}
