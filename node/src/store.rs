//! What this node keeps: values by key, durable before they are acknowledged.

mod blobs;
mod data_directory;
mod durability;
mod engine;
mod fjall_engine;
mod group_commit;
mod journal_tail;
mod metrics;
mod record;
mod staged;
mod totals;
mod version;

use std::collections::BTreeSet;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use ringway_ring::Key;
use thiserror::Error;

use self::group_commit::{GroupCommit, NotTaken};
use self::staged::{Action, NewValue, Outcome, Write};

pub(crate) use self::blobs::{BlobDraft, BlobReference, Blobs, ReadBlobError};
pub(crate) use self::data_directory::{DataDirectory, DataDirectoryError};
pub(crate) use self::durability::Durability;
pub(crate) use self::engine::{Engine, EngineError, Table};
pub(crate) use self::fjall_engine::{FjallEngine, OpenEngineError};
pub(crate) use self::metrics::StoreMetrics;
pub(crate) use self::record::{Record, RecordError, StoredValue};
pub(crate) use self::totals::Totals;
pub(crate) use self::version::Version;

/// Longer values get a file of their own: see [`Blobs`].
pub(crate) const INLINE_BYTES_MAX: usize = 1 << 20;

/// The values of this node.
pub struct Store {
    engine: Arc<dyn Engine>,
    blobs: Arc<Blobs>,
    writer: GroupCommit,
    /// Held until the store is gone.
    _directory: DataDirectory,
}

/// What became of a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Put {
    /// The value's version.
    pub version: Version,
    /// Whether there was none under its key before.
    pub is_new: bool,
}

impl Store {
    /// Opens the store in `path`, whichever way it was left. Blocks.
    ///
    /// # Errors
    /// When the directory can't be used, is held by another process, or holds damage
    /// that no crash explains.
    pub fn open(
        path: &Path,
        holder: &str,
        durability: Durability,
        metrics: StoreMetrics,
    ) -> Result<Self, OpenStoreError> {
        let directory = DataDirectory::lock(path, holder)?;
        let engine = FjallEngine::open(&directory.engine(), durability)?;
        let totals = match engine.get(Table::Meta, totals::KEY)? {
            None => Totals::default(),
            Some(bytes) => Totals::decode(bytes).ok_or(OpenStoreError::Totals)?,
        };
        let blobs = Arc::new(Blobs::sweep(directory.blobs(), &live_blobs(&engine)?)?);
        let engine: Arc<dyn Engine> = Arc::new(engine);
        let writer = GroupCommit::start(
            Arc::clone(&engine),
            Arc::clone(&blobs),
            durability,
            totals,
            metrics,
        )?;
        Ok(Self { engine, blobs, writer, _directory: directory })
    }

    /// What is stored under `key`. Reads memory, or a block of the disk.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    pub fn get(&self, key: &Key<'_>) -> Result<Option<Record>, StoreError> {
        let stored = self.engine.get(Table::Records, key.as_str().as_bytes())?;
        Ok(stored.map(Record::decode).transpose()?)
    }

    /// The large value that `reference` points to.
    ///
    /// # Errors
    /// As [`Blobs::read`].
    pub async fn read_blob(&self, reference: BlobReference) -> Result<Bytes, ReadBlobError> {
        let blobs = Arc::clone(&self.blobs);
        let read = tokio::task::spawn_blocking(move || blobs.read(reference)).await;
        read.unwrap_or_else(|stopped| Err(ReadBlobError::Io(io::Error::other(stopped))))
    }

    /// Up to `limit` keys that begin with `prefix`, in order, after `after`. Blocks.
    ///
    /// # Errors
    /// As [`Store::get`].
    pub fn list(
        &self,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<(String, Record)>, StoreError> {
        let first = prefix.max(after).as_bytes();
        let mut found = Vec::new();
        for entry in self.engine.scan(Table::Records, first) {
            let (key, record) = entry?;
            if found.len() == limit || !key.starts_with(prefix.as_bytes()) {
                break;
            }
            // Keys are UTF-8: the type that they were stored from says so.
            let key = String::from_utf8_lossy(&key);
            if after.is_empty() || *key > *after {
                found.push((key.into_owned(), Record::decode(record)?));
            }
        }
        Ok(found)
    }

    /// Stores `value` under `key`; when this returns it is as durable as was asked for.
    ///
    /// # Errors
    /// [`StoreError::Overloaded`], [`StoreError::Closed`] and [`StoreError::Disk`]:
    /// nothing was or will be stored. Otherwise it may or may not have been.
    pub async fn put(
        &self,
        key: Key<'static>,
        content_type: Bytes,
        value: Bytes,
    ) -> Result<Put, StoreError> {
        let value = if value.len() > INLINE_BYTES_MAX {
            let blobs = Arc::clone(&self.blobs);
            let written = tokio::task::spawn_blocking(move || blobs.write(&value)).await;
            NewValue::Blob(written.map_err(io::Error::other)??)
        } else {
            NewValue::Inline(value)
        };
        match self.write(Write { key, action: Action::Put { content_type, value } }).await? {
            Outcome::Created(version) => Ok(Put { version, is_new: true }),
            Outcome::Replaced(version) => Ok(Put { version, is_new: false }),
            outcome => unreachable!("a put came to {outcome:?}"),
        }
    }

    /// Deletes `key`; nothing where there is nothing. As durable as a put.
    ///
    /// # Errors
    /// As [`Store::put`].
    pub async fn delete(&self, key: Key<'static>) -> Result<Option<Version>, StoreError> {
        match self.write(Write { key, action: Action::Delete }).await? {
            Outcome::Deleted(version) => Ok(Some(version)),
            Outcome::Missing => Ok(None),
            outcome => unreachable!("a delete came to {outcome:?}"),
        }
    }

    async fn write(&self, write: Write) -> Result<Outcome, StoreError> {
        let outcome = self.writer.submit(write).map_err(|not_taken| match not_taken {
            NotTaken::Full => StoreError::Overloaded,
            NotTaken::Closed => StoreError::Closed,
        })?;
        match outcome.await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(error)) => Err(StoreError::Failed(error)),
            Err(_unanswered) => Err(StoreError::Unanswered),
        }
    }

    /// Waits until the engine has failed for good: then the node must end, because what
    /// it holds in memory may differ from what the disk holds.
    pub async fn failed(&self) -> Arc<EngineError> {
        let mut failure = self.writer.failure();
        let failure = failure.wait_for(Option::is_some).await.map(|error| error.clone());
        match failure {
            Ok(Some(error)) => error,
            // The writer was closed in good order.
            _ => std::future::pending().await,
        }
    }

    /// Finishes all writes and brings them to the disk. Blocks.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn close(&self) -> Result<(), Arc<EngineError>> {
        self.writer.close()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        if let Err(error) = self.close() {
            tracing::error!(%error, "the store was not closed in order");
        }
    }
}

fn live_blobs(engine: &dyn Engine) -> Result<BTreeSet<u64>, OpenStoreError> {
    let mut live = BTreeSet::new();
    for entry in engine.scan(Table::Blobs, &[]) {
        let (id, _) = entry?;
        let id = <[u8; 8]>::try_from(&id[..]).map_err(|_| OpenStoreError::Totals)?;
        live.insert(u64::from_be_bytes(id));
    }
    Ok(live)
}

/// Why the store did not open.
#[derive(Debug, Error)]
pub enum OpenStoreError {
    /// The directory can't be used.
    #[error(transparent)]
    Directory(#[from] DataDirectoryError),
    /// The engine did not open.
    #[error(transparent)]
    Engine(#[from] OpenEngineError),
    /// The engine opened, but can't be read.
    #[error(transparent)]
    Read(#[from] EngineError),
    /// What the store remembers of itself is not readable.
    #[error("the store's own entries are of no format that this build reads")]
    Totals,
    /// The files of large values can't be looked through, or the writer not started.
    #[error("the store can't be opened: {0}")]
    Io(#[from] io::Error),
}

/// Why a value was not read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Too many writes wait. This one will not happen.
    #[error("too many writes wait for the disk")]
    Overloaded,
    /// The disk did not take a large value. It was not stored.
    #[error("the value could not be written: {0}")]
    Disk(#[from] io::Error),
    /// The engine did not read.
    #[error(transparent)]
    Read(#[from] EngineError),
    /// The engine holds something that isn't a record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The engine failed during this write, which may or may not be there after a restart.
    #[error("{0}; whether the write is stored is not known")]
    Failed(Arc<EngineError>),
    /// The node is stopping, and the write came too late. It will not happen.
    #[error("this node is stopping")]
    Closed,
    /// The node is stopping. The write may or may not be there after a restart.
    #[error("this node stopped during the write; whether it is stored is not known")]
    Unanswered,
}

#[cfg(test)]
mod store_test;
