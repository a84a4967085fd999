//! Why a store did not open.

use std::io;

use thiserror::Error;

use super::{DataDirectoryError, EngineError, OpenEngineError};

/// Why the store did not open. What is stored was not changed.
#[derive(Debug, Error)]
pub enum OpenStoreError {
    /// The directory can't be used.
    #[error(transparent)]
    Directory(#[from] DataDirectoryError),
    /// The engine did not open.
    #[error(transparent)]
    Engine(#[from] OpenEngineError),
    /// The engine opened, but can't be read or written.
    #[error(transparent)]
    Read(#[from] EngineError),
    /// Another version of the node wrote it.
    #[error(
        "the data directory is of format {found}, and this version of ringway reads format \
         {read}: start the version that wrote it, or give this one another --data-directory"
    )]
    Format {
        /// What it has.
        found: u32,
        /// What this build reads.
        read: u32,
    },
    /// What the store remembers of itself is not readable.
    #[error("the store's own entries are damaged: restore the data directory from a copy")]
    Meta,
    /// The files of large values can't be looked through, or the writer not started.
    #[error("the store can't be opened: {0}")]
    Io(#[from] io::Error),
}
