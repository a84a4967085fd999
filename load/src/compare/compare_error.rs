//! Why two runs can't be compared.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why two runs can't be compared.
#[derive(Debug, Error)]
pub(crate) enum CompareError {
    /// The file can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
    /// The file was written by something else.
    #[error("{} line {line} is none that `ringway bench --csv` writes: {text:?}", path.display())]
    Foreign {
        /// Which file.
        path: PathBuf,
        /// From 1.
        line: usize,
        /// Its beginning.
        text: String,
    },
    /// There is nothing to say.
    #[error("{} has {done} requests that succeeded: it takes 100 to say anything", path.display())]
    TooFew {
        /// Which file.
        path: PathBuf,
        /// How many.
        done: usize,
    },
}
