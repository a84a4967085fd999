//! Matching answers to what was asked.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::Incarnation;

/// Names one request among all that a node ever sends, over all its restarts. An answer
/// whose token is no longer known is ignored: forgetting a token cancels the request.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Token {
    /// Of the node that asks.
    pub incarnation: Incarnation,
    /// Counts up within the incarnation.
    pub number: u64,
}

/// Short: a trace is full of them.
impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "~{}.{}", self.incarnation.get(), self.number)
    }
}
