//! The storage engine on fjall, a log-structured merge tree in Rust.

use std::fs::{self, File};
use std::io;
use std::ops::Bound;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use fjall::{
    CompressionType, Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, PersistMode,
    UserValue,
};
use thiserror::Error;

use super::Durability;
use super::blobs::sync_directory;
use super::engine::{Change, Engine, EngineError, Entry, Persist, Table};
use super::journal_tail::JournalTail;
use super::private_directory;

/// Memory for blocks that were read, shared by all tables.
const CACHE_BYTES: u64 = 128 << 20;
/// How much of a table is kept in memory before it is written as a file. lsm-tree frees that
/// memory under the lock that every read takes, entry by entry: of small entries its default
/// of 64 MiB would hold reads up for a fifth of a second each time.
const MEMTABLE_BYTES: u64 = 8 << 20;
/// The same of the table of values. Of large entries there are few, and small tables would be
/// merged more often.
const VALUES_MEMTABLE_BYTES: u64 = 64 << 20;

/// An [`Engine`] that keeps its files in one directory.
pub(crate) struct FjallEngine {
    database: Database,
    records: Keyspace,
    values: Keyspace,
    states: Keyspace,
    names: Keyspace,
    blobs: Keyspace,
    consensus: Keyspace,
    meta: Keyspace,
}

impl FjallEngine {
    /// Opens the engine in `directory`, makes it if it isn't there, and recovers it if
    /// it was not closed.
    ///
    /// # Errors
    /// When the disk fails, or what is there is damaged in a way that no crash explains.
    pub(crate) fn open(directory: &Path, durability: Durability) -> Result<Self, OpenEngineError> {
        if !directory.try_exists()? {
            create(directory)?;
        }
        private_directory::create_or_close(directory)?;
        cut_torn_tail(directory, durability)?;
        Ok(open(directory, VALUES_MEMTABLE_BYTES)?)
    }

    fn keyspace(&self, table: Table) -> &Keyspace {
        match table {
            Table::Records => &self.records,
            Table::Values => &self.values,
            Table::States => &self.states,
            Table::Names => &self.names,
            Table::Blobs => &self.blobs,
            Table::Consensus => &self.consensus,
            Table::Meta => &self.meta,
        }
    }
}

/// The engine's own creation takes several steps; a crash between them must not leave
/// what is neither there nor absent. So it is made aside and moved into place whole.
fn create(directory: &Path) -> Result<(), OpenEngineError> {
    let unfinished = directory.with_extension("unfinished");
    match fs::remove_dir_all(&unfinished) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    private_directory::create(&unfinished)?;
    let engine = open(&unfinished, VALUES_MEMTABLE_BYTES)?;
    engine.database.persist(PersistMode::SyncAll)?;
    drop(engine);
    fs::rename(&unfinished, directory)?;
    sync_directory(directory.parent().unwrap_or(Path::new(".")))?;
    Ok(())
}

fn open(directory: &Path, values_memtable_bytes: u64) -> fjall::Result<FjallEngine> {
    let database = Database::builder(directory)
        .cache_size(CACHE_BYTES)
        // Values are opaque and often compressed already; a table's blocks still are.
        .journal_compression(CompressionType::None)
        .open()?;
    let values = database.keyspace("values", || of_values(values_memtable_bytes))?;
    let options = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES);
    let keyspace = |name| database.keyspace(name, options);
    let (records, states) = (keyspace("records")?, keyspace("states")?);
    let (names, blobs) = (keyspace("names")?, keyspace("blobs")?);
    let (consensus, meta) = (keyspace("consensus")?, keyspace("meta")?);
    Ok(FjallEngine { database, records, values, states, names, blobs, consensus, meta })
}

/// Values lie in files by themselves, and what is merged are pointers to them: that halves what is
/// written, and reads find them sooner (WiscKey §3). A file is written anew without what was
/// removed of it, but late: a node needs some hundreds of megabytes beside what it stores.
///
/// A directory that was made otherwise stays so.
fn of_values(memtable_bytes: u64) -> KeyspaceCreateOptions {
    let apart = KvSeparationOptions::default().compression(CompressionType::None);
    KeyspaceCreateOptions::default()
        .max_memtable_size(memtable_bytes)
        .with_kv_separation(Some(apart))
}

fn cut_torn_tail(directory: &Path, durability: Durability) -> Result<(), OpenEngineError> {
    let Some(path) = newest_journal(directory)? else { return Ok(()) };
    let journal = fs::read(&path)?;
    let tail = JournalTail::of(&journal);
    if !tail.is_torn {
        return Ok(());
    }
    let (at, discarded) = (tail.whole_bytes, journal.len() - tail.whole_bytes);
    if let (Some(later), Durability::Immediate) = (tail.later_batch, durability) {
        return Err(OpenEngineError::Damaged { path, at, later });
    }
    tracing::warn!(
        journal = %path.display(), at, discarded,
        "cut what a crash left of writes that were not acknowledged as durable"
    );
    let file = File::options().write(true).open(&path)?;
    file.set_len(at as u64)?;
    file.sync_all()?;
    Ok(())
}

/// Only the newest journal can be torn: the engine syncs one before it starts the next.
fn newest_journal(directory: &Path) -> io::Result<Option<PathBuf>> {
    let mut newest = None;
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let is_journal = path.extension().is_some_and(|extension| extension == "jnl");
        let number = path.file_stem().and_then(|stem| stem.to_str()?.parse::<u64>().ok());
        if let (true, Some(number)) = (is_journal, number) {
            newest = newest.max(Some((number, path)));
        }
    }
    Ok(newest.map(|(_, path)| path))
}

impl Engine for FjallEngine {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        Ok(self.keyspace(table).get(key)?.map(shared))
    }

    fn scan<'e>(
        &'e self,
        table: Table,
        prefix: &[u8],
        first: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Entry, EngineError>> + 'e> {
        let from = Bound::Included(prefix.max(first).to_vec());
        let entries = self.keyspace(table).range((from, end_of(prefix)));
        Box::new(entries.map(|entry| {
            let (key, value) = entry.into_inner()?;
            Ok((shared(key), shared(value)))
        }))
    }

    fn commit(&self, changes: Vec<Change>, persist: Persist) -> Result<(), EngineError> {
        let mode = match persist {
            Persist::Process => PersistMode::Buffer,
            Persist::Disk => PersistMode::SyncData,
        };
        let mut batch = self.database.batch().durability(Some(mode));
        for Change { table, key, value } in changes {
            match value {
                Some(value) => batch.insert(self.keyspace(table), key, value),
                None => batch.remove(self.keyspace(table), key),
            }
        }
        Ok(batch.commit()?)
    }

    fn sync(&self) -> Result<(), EngineError> {
        Ok(self.database.persist(PersistMode::SyncData)?)
    }
}

/// Where the keys that begin with `prefix` end.
fn end_of(prefix: &[u8]) -> Bound<Vec<u8>> {
    let mut end = prefix.to_vec();
    while let Some(last) = end.pop() {
        if let Some(next) = last.checked_add(1) {
            end.push(next);
            return Bound::Excluded(end);
        }
    }
    Bound::Unbounded
}

/// The same bytes, not copied.
fn shared(value: UserValue) -> Bytes {
    Bytes::from_owner(value)
}

impl From<fjall::Error> for EngineError {
    fn from(error: fjall::Error) -> Self {
        Self(Box::new(error))
    }
}

/// Why the engine did not open.
#[derive(Debug, Error)]
pub enum OpenEngineError {
    /// Something in the middle of the journal is wrong: acknowledged writes are damaged,
    /// and opening it would silently drop them and all that follow. Nothing was changed.
    #[error(
        "the journal {} is damaged at byte {at}, and whole writes follow at byte {later}: \
         no crash does that, so nothing was dropped; restore the directory from a copy",
        path.display()
    )]
    Damaged {
        /// The journal.
        path: PathBuf,
        /// Where the damage begins.
        at: usize,
        /// Where a whole write follows.
        later: usize,
    },
    /// The engine itself refuses.
    #[error("the storage engine can't be opened: {0}")]
    Engine(#[from] fjall::Error),
    /// The disk fails.
    #[error("the storage engine's directory can't be used: {0}")]
    Io(#[from] io::Error),
}

#[cfg(test)]
mod merging_test;
