//! A node's name in ballots and messages.

use core::fmt;

use serde::{Deserialize, Serialize};

/// A node's number: given once, never to another node of the cluster.
///
/// Not an index into a view's list of nodes, which shifts when members change: a ballot
/// outlives the view under which it was made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeNumber(u32);

impl NodeNumber {
    /// The node numbered `number`.
    #[must_use]
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for NodeNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "#{}", self.0)
    }
}

/// As short as `Display`: a trace is full of them.
impl fmt::Debug for NodeNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
