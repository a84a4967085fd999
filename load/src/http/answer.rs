//! What came of a request.

use std::io;

use thiserror::Error;

use super::NodeNumber;

/// What a node or the edge answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `x-ringway-node`.
    pub(crate) node: Option<NodeNumber>,
    /// `x-ringway-epoch`.
    pub(crate) epoch: Option<u64>,
    /// `x-ringway-outcome`.
    pub(crate) applied: Option<Applied>,
    /// Of the body.
    pub(crate) bytes: u64,
}

/// What a write that failed has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// Nothing, now and ever.
    Not,
    /// Nobody knows.
    Unknown,
}

/// There was no answer, or none to make sense of. Of a write nobody knows what it did, unless
/// there was no connection.
#[derive(Debug, Error)]
pub(crate) enum CallError {
    /// No connection came about: nothing was sent.
    #[error("no connection: {0}")]
    Connect(io::Error),
    /// The connection ended before the answer did.
    #[error("the connection broke off: {0}")]
    Broken(io::Error),
    /// The answer did not come in time.
    #[error("no answer in time")]
    Timeout,
    /// The answer is no HTTP/1.1.
    #[error("the answer can't be read: {0}")]
    Malformed(&'static str),
}
