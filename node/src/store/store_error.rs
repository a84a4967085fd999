//! Why a store must end.

use thiserror::Error;

use super::{EngineError, FormatError, ReadBlobError};

/// What was not read or written. The node must end, and start again from what the disk has.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The engine did not read.
    #[error(transparent)]
    Read(#[from] EngineError),
    /// The engine holds something that isn't what is stored there.
    #[error(transparent)]
    Format(#[from] FormatError),
    /// A large value can't be read, though a record points to it.
    #[error(transparent)]
    Blob(#[from] ReadBlobError),
    /// The engine did not write. Stores that were not reported may or may not be there after
    /// a restart.
    #[error("{0}; which of the last stores are on the disk is not known")]
    Commit(#[source] EngineError),
    /// The thread that writes has stopped, which is a bug. As for [`StoreError::Commit`].
    #[error("the thread that writes has stopped; which of the last stores are made is not known")]
    Stopped,
}
