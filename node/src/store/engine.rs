//! What the store needs of a storage engine, and no more, so that a second engine is an
//! afternoon's work.

use std::error::Error;

use bytes::Bytes;
use thiserror::Error;

/// An ordered set of entries, kept apart from the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Table {
    /// Partition and key to record, with its value if that is short.
    Records,
    /// Partition and key to a longer value.
    Values,
    /// Partition to what the protocol remembers of it.
    States,
    /// Key to partition: the order of the keys over all partitions.
    Names,
    /// The ids of the files that records point to.
    Blobs,
    /// What consensus keeps, its log among it.
    Consensus,
    /// What the store remembers of itself.
    Meta,
}

/// One entry written, or removed where there is no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// Where.
    pub table: Table,
    /// Which entry.
    pub key: Vec<u8>,
    /// What it holds from now on.
    pub value: Option<Vec<u8>>,
}

/// What a commit has survived when it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persist {
    /// The end of this process: the operating system has it.
    Process,
    /// Loss of power: the disk has it, and every commit before it.
    Disk,
}

/// A key and what is stored under it.
pub(super) type Entry = (Bytes, Bytes);

/// An ordered, transactional map on disk. One thread commits; any thread reads.
pub(crate) trait Engine: Send + Sync + 'static {
    /// What `key` holds.
    ///
    /// # Errors
    /// When the disk fails or what it holds is damaged.
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, EngineError>;

    /// The entries from `first` on whose keys begin with `prefix`, in the order of their keys'
    /// bytes. What was removed behind them costs nothing: an engine may have to walk over the
    /// traces of it.
    fn scan<'e>(
        &'e self,
        table: Table,
        prefix: &[u8],
        first: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Entry, EngineError>> + 'e>;

    /// Makes all of `changes` or, should the process die, none of them. Of each entry
    /// there is one change at most. Readers see a change only once it is as safe as
    /// `persist` says.
    ///
    /// # Errors
    /// When the disk fails. Whether the changes are there after a restart is then open.
    fn commit(&self, changes: Vec<Change>, persist: Persist) -> Result<(), EngineError>;

    /// Brings everything committed to the disk.
    ///
    /// # Errors
    /// When the disk fails.
    fn sync(&self) -> Result<(), EngineError>;
}

/// The engine can't go on: the disk fails, is full, or holds something else than what
/// was written.
#[derive(Debug, Error)]
#[error("the storage engine failed: {0}")]
pub struct EngineError(#[source] pub Box<dyn Error + Send + Sync>);
