//! The directory that a node's data lies in, held by one node at a time.

use std::fs::{File, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::blobs::sync_directory;
use super::private_directory;

/// A directory that this process alone uses, as long as this value lives.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    /// The operating system releases the lock when the process ends, however it ends.
    _lock: File,
}

impl DataDirectory {
    /// Makes `path` if need be, and locks it for `holder`. What lies in it is for this process's
    /// user alone.
    ///
    /// # Errors
    /// When it can't be made or written, or somebody holds it.
    pub(crate) fn lock(path: &Path, holder: &str) -> Result<Self, DataDirectoryError> {
        let unusable = |error| DataDirectoryError::Unusable { path: path.to_owned(), error };
        private_directory::create(path).map_err(unusable)?;
        let mut lock = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join("lock"))
            .map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Best effort: the sentence only gets poorer.
                let _ = lock.take(256).read_to_string(&mut holder);
                return Err(DataDirectoryError::Held { path: path.to_owned(), holder });
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        name_holder(&mut lock, holder).map_err(unusable)?;
        private_directory::create_or_close(&path.join("blobs")).map_err(unusable)?;
        sync_directory(path).map_err(unusable)?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Where the engine keeps its files.
    #[must_use]
    pub(crate) fn engine(&self) -> PathBuf {
        self.path.join("engine")
    }

    /// Where large values lie.
    #[must_use]
    pub(crate) fn blobs(&self) -> PathBuf {
        self.path.join("blobs")
    }
}

fn name_holder(lock: &mut File, holder: &str) -> io::Result<()> {
    lock.set_len(0)?;
    lock.rewind()?;
    lock.write_all(holder.as_bytes())
}

/// Why a directory can't be used. Nothing in it was changed.
#[derive(Debug, Error)]
pub enum DataDirectoryError {
    /// Another process holds it.
    #[error("the data directory {} is in use by {holder}", path.display())]
    Held {
        /// Which directory.
        path: PathBuf,
        /// What the other wrote of itself.
        holder: String,
    },
    /// It can't be made or written.
    #[error("the data directory {} can't be used: {error}", path.display())]
    Unusable {
        /// Which directory.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}
