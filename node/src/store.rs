//! What this node keeps: what the replication protocol stores, durable before it is told so.

mod apart_value;
mod blobs;
mod completed;
mod consensus_table;
mod data_directory;
mod durability;
mod engine;
mod failure;
mod fjall_engine;
mod format_error;
mod group_commit;
mod journal_tail;
mod meta;
mod metrics;
mod open_store_error;
mod private_directory;
mod reading;
mod record;
mod record_head;
mod record_key;
mod staged;
mod state;
mod store_error;
mod stored_key;
mod totals;
mod version_bytes;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use ringway_replica::{Incarnation, Write};
use tokio::sync::mpsc::UnboundedSender;

use self::blobs::Blobs;
use self::data_directory::DataDirectory;
use self::engine::{Engine, Table};
use self::failure::Failure;
use self::fjall_engine::FjallEngine;
use self::group_commit::{GroupCommit, Writer};
use self::meta::Meta;

use crate::disk_id::DiskId;

pub(crate) use self::blobs::ReadBlobError;
pub(crate) use self::completed::{Completed, StoreName};
pub(crate) use self::consensus_table::{ConsensusTable, StoreEnded};
pub(crate) use self::data_directory::DataDirectoryError;
pub(crate) use self::durability::Durability;
pub(crate) use self::engine::EngineError;
pub(crate) use self::fjall_engine::OpenEngineError;
pub(crate) use self::format_error::FormatError;
pub(crate) use self::metrics::StoreMetrics;
pub(crate) use self::open_store_error::OpenStoreError;
pub(crate) use self::store_error::StoreError;
pub(crate) use self::stored_key::StoredKey;

/// Longer values lie apart from their records, so that whoever compares records or lists keys
/// reads little; shorter ones cost one entry instead of two. Where a value lies follows from its
/// length alone, so another limit is another format.
const INLINE_BYTES_MAX: usize = 1 << 10;
/// Longer values get a file of their own: see `blobs`.
const ENTRY_BYTES_MAX: usize = 1 << 20;

/// What this node keeps, of all partitions.
///
/// One thread writes; any thread reads, and sees a store only once it is as durable as was
/// asked for. After a failure nothing that was read may be used, and nothing is written.
pub struct Store {
    engine: Arc<dyn Engine>,
    blobs: Arc<Blobs>,
    writer: GroupCommit,
    failure: Arc<Failure>,
    disk: DiskId,
    incarnation: Incarnation,
    /// Held until the store is gone.
    _directory: DataDirectory,
}

impl Store {
    /// Opens the store in `path`, whichever way it was left, and counts this start. What
    /// becomes of each store goes to `completed`, one message a commit. Blocks.
    ///
    /// # Errors
    /// When the directory can't be used, is held by another process, is of another format,
    /// or holds damage that no crash explains.
    pub fn open(
        path: &Path,
        holder: &str,
        durability: Durability,
        metrics: StoreMetrics,
        completed: UnboundedSender<Vec<Completed>>,
    ) -> Result<Self, OpenStoreError> {
        let directory = DataDirectory::lock(path, holder)?;
        let engine = FjallEngine::open(&directory.engine(), durability)?;
        let Meta { disk, incarnation, totals } = Meta::open(&engine)?;
        let blobs = Arc::new(Blobs::sweep(directory.blobs(), &live_blobs(&engine)?)?);
        let engine: Arc<dyn Engine> = Arc::new(engine);
        let failure = Arc::new(Failure::none());
        let writer = GroupCommit::start(Writer {
            engine: Arc::clone(&engine),
            blobs: Arc::clone(&blobs),
            durability,
            totals,
            metrics,
            failure: Arc::clone(&failure),
            completed,
        })?;
        Ok(Self { engine, blobs, writer, failure, disk, incarnation, _directory: directory })
    }

    /// Which directory this is: another one under the same path has another.
    #[must_use]
    pub fn disk_id(&self) -> DiskId {
        self.disk
    }

    /// Which start of this directory's node this is. The disk has it.
    #[must_use]
    pub fn incarnation(&self) -> Incarnation {
        self.incarnation
    }

    /// Queues a store; never blocks. Stores reach the disk in the order of the calls, each
    /// whole or not at all. After a failure it does nothing.
    pub fn submit(&self, name: StoreName, writes: Vec<Write>) {
        if !self.has_failed() {
            self.writer.submit(name, writes);
        }
    }

    /// Up to `limit` keys of any kind (tombstones and expired values too) that begin with
    /// `prefix`, in the order of their bytes over all partitions, after `after`. Reads no
    /// values. Blocks.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged; the store has failed then.
    pub fn list(
        &self,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredKey>, Arc<StoreError>> {
        self.try_list(prefix, after, limit).map_err(|error| self.failure.set(error))
    }

    /// Where consensus keeps what it must not forget.
    #[must_use]
    pub(crate) fn consensus(&self) -> ConsensusTable {
        ConsensusTable::new(Arc::clone(&self.engine), Arc::new(self.writer.consensus()))
    }

    /// Whether any read or write has failed: nothing that was computed from what was read
    /// since may leave the node.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failure.is_set()
    }

    /// Waits until a read or write has failed: then the node must end, because what it holds
    /// in memory may differ from what the disk holds.
    pub async fn failed(&self) -> Arc<StoreError> {
        self.failure.first().await
    }

    /// Finishes all stores and brings them to the disk. Blocks.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn close(&self) -> Result<(), Arc<StoreError>> {
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
    for entry in engine.scan(Table::Blobs, &[], &[]) {
        let (id, _) = entry?;
        let id = <[u8; 8]>::try_from(&id[..]).map_err(|_| OpenStoreError::Meta)?;
        live.insert(u64::from_be_bytes(id));
    }
    Ok(live)
}

#[cfg(test)]
mod memory_engine;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod store_test;
