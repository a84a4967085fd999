//! Why there is no run.

use std::io;

use thiserror::Error;

/// Why there is no run.
#[derive(Debug, Error)]
pub(crate) enum PlanError {
    /// Nobody knows that name.
    #[error("{host:?} has no address: {source}")]
    NoSuchHost {
        /// The host of the base URL.
        host: String,
        /// The system's word.
        source: io::Error,
    },
}
