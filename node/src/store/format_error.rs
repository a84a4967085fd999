//! Stored bytes that can't be read.

use thiserror::Error;

/// The engine gave back bytes that this build did not write, or a newer one did.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a stored {what} of {length} bytes is of no format that this build reads")]
pub struct FormatError {
    /// What it should be.
    pub what: &'static str,
    /// How long it is.
    pub length: usize,
}
