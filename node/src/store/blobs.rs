//! Large values as files of their own.
//!
//! A value of many MiB inside the engine would be written twice at least (journal, then
//! table), and every small write that waits behind it would wait for all of it. So the
//! engine holds a [`BlobReference`], and the value is a file that nobody ever changes.
//!
//! A file is complete and durable before a record points to it, and removed only after
//! its last reference is durably gone. What a crash leaves in between is a file that
//! nothing points to: [`Blobs::sweep`] removes it at the next start.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use thiserror::Error;
use twox_hash::XxHash64;

/// Where a large value is, and what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BlobReference {
    /// The file's name, as a number.
    pub id: u64,
    /// Its length in bytes.
    pub length: u64,
    /// XXH64 of its bytes.
    pub checksum: u64,
}

impl BlobReference {
    /// Whether `value` is what the file holds.
    pub(super) fn is_of(&self, value: &[u8]) -> bool {
        self.length == value.len() as u64 && self.checksum == XxHash64::oneshot(0, value)
    }
}

/// The directory of the large values.
#[derive(Debug)]
pub(crate) struct Blobs {
    directory: PathBuf,
    next_id: AtomicU64,
}

impl Blobs {
    /// Opens `directory`, which the caller has made, and removes the files whose ids are
    /// not in `live`.
    ///
    /// # Errors
    /// When the directory can't be read or a file can't be removed.
    pub(crate) fn sweep(directory: PathBuf, live: &BTreeSet<u64>) -> io::Result<Self> {
        let mut highest = live.last().copied().unwrap_or_default();
        for entry in fs::read_dir(&directory)? {
            let path = entry?.path();
            match id_of(&path) {
                Some(id) if live.contains(&id) => {}
                Some(id) => {
                    highest = highest.max(id);
                    fs::remove_file(&path)?;
                }
                // Not ours: leave it alone.
                None => tracing::warn!(file = %path.display(), "an unknown file is in the way"),
            }
        }
        Ok(Self { directory, next_id: AtomicU64::new(highest + 1) })
    }

    /// Writes `value` into a new file. When this returns, the disk has it.
    ///
    /// # Errors
    /// When the disk fails or is full; nothing is left behind then.
    pub(crate) fn write(self: &Arc<Self>, value: &[u8]) -> io::Result<BlobDraft> {
        let reference = BlobReference {
            id: self.next_id.fetch_add(1, Ordering::Relaxed),
            length: value.len() as u64,
            checksum: XxHash64::oneshot(0, value),
        };
        let mut file = File::create_new(self.path(reference.id))?;
        // From here on the draft removes the file, whatever fails.
        let draft = BlobDraft { blobs: Arc::clone(self), reference, kept: false };
        file.write_all(value)?;
        file.sync_all()?;
        sync_directory(&self.directory)?;
        Ok(draft)
    }

    /// Reads what [`Blobs::write`] wrote.
    ///
    /// # Errors
    /// When the file is gone, which is no fault where the record was replaced in the
    /// meantime, or isn't what was written.
    pub(crate) fn read(&self, reference: BlobReference) -> Result<Bytes, ReadBlobError> {
        let id = reference.id;
        let value = fs::read(self.path(id)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => ReadBlobError::Gone { id },
            _ => ReadBlobError::Io(error),
        })?;
        if !reference.is_of(&value) {
            return Err(ReadBlobError::Damaged { path: self.path(id) });
        }
        Ok(value.into())
    }

    /// Removes a file to which nothing points any more.
    pub(super) fn remove(&self, id: u64) {
        if let Err(error) = fs::remove_file(self.path(id)) {
            // It costs space until the next start sweeps it; nothing reads it.
            tracing::warn!(%error, id, "a large value that is not needed could not be removed");
        }
    }

    fn path(&self, id: u64) -> PathBuf {
        self.directory.join(format!("{id:016x}"))
    }
}

fn id_of(path: &Path) -> Option<u64> {
    let name = path.file_name()?.to_str()?;
    (name.len() == 16).then(|| u64::from_str_radix(name, 16).ok())?
}

/// Makes the names in `directory` durable: a file's own fsync doesn't.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// A file to which no record points yet. Dropped, it takes the file with it.
#[derive(Debug)]
pub(crate) struct BlobDraft {
    blobs: Arc<Blobs>,
    reference: BlobReference,
    kept: bool,
}

impl BlobDraft {
    /// What a record must hold to point to it.
    #[must_use]
    pub(crate) fn reference(&self) -> BlobReference {
        self.reference
    }

    /// Lets the file stay: a record points to it, or may.
    pub(crate) fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for BlobDraft {
    fn drop(&mut self) {
        if !self.kept {
            self.blobs.remove(self.reference.id);
        }
    }
}

/// Why a large value was not read.
#[derive(Debug, Error)]
pub enum ReadBlobError {
    /// There is no such file.
    #[error("the file of large value {id} is gone")]
    Gone {
        /// The file's number.
        id: u64,
    },
    /// It isn't what was written.
    #[error("{} is damaged: its length or checksum differs", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// The disk fails.
    #[error("a large value could not be read: {0}")]
    Io(#[source] io::Error),
}
