//! Raft's log and votes, in the node's store.
//!
//! | key | what |
//! | --- | --- |
//! | `l`, index (8, big-endian) | an entry of the log |
//! | `v` | the vote |
//! | `c` | the last entry known to be committed |
//! | `p` | the last entry that was purged |
//!
//! All in postcard. The log is short (see `timing`), so all of it is in memory as well.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::ops::RangeBounds;
use std::sync::Arc;

use openraft::storage::{LogFlushed, RaftLogStorage};
use openraft::{LogState, OptionalSend, RaftLogReader};
use parking_lot::Mutex;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::consensus::ConsensusError;
use super::types::{Entry, LogId, Number, StorageError, StorageIoError, Types, Vote};
use crate::store::{ConsensusTable, StoreEnded};

const ENTRY: u8 = b'l';
const VOTE: &[u8] = b"v";
const COMMITTED: &[u8] = b"c";
const PURGED: &[u8] = b"p";

/// The log.
#[derive(Clone)]
pub(super) struct Log {
    table: ConsensusTable,
    /// As they are on the disk, or about to be.
    entries: Arc<Mutex<BTreeMap<u64, Entry>>>,
    purged: Option<LogId>,
    vote: Option<Vote>,
    committed: Option<LogId>,
}

impl Log {
    /// Reads the log that `table` holds. Blocks.
    pub(super) fn open(table: ConsensusTable) -> Result<Self, ConsensusError> {
        let mut entries = BTreeMap::new();
        for found in table.scan(&[ENTRY]) {
            let (key, value) = found?;
            let Some(index) = index_of(&key) else { continue };
            entries.insert(index, decode("an entry of the log", &value)?);
        }
        let purged = read(&table, PURGED, "the purged entry")?;
        let vote = read(&table, VOTE, "the vote")?;
        let committed = read(&table, COMMITTED, "the committed entry")?;
        Ok(Self { table, entries: Arc::new(Mutex::new(entries)), purged, vote, committed })
    }

    /// Forgets the entries of `indices`, in memory at once.
    fn forget(&self, indices: impl RangeBounds<u64>) -> Vec<(Vec<u8>, Option<Vec<u8>>)> {
        let mut entries = self.entries.lock();
        let forgotten: Vec<u64> = entries.range(indices).map(|(&index, _)| index).collect();
        for index in &forgotten {
            entries.remove(index);
        }
        forgotten.into_iter().map(|index| (entry_key(index), None)).collect()
    }
}

fn entry_key(index: u64) -> Vec<u8> {
    [&[ENTRY][..], &index.to_be_bytes()].concat()
}

fn index_of(key: &[u8]) -> Option<u64> {
    let index = key.strip_prefix(&[ENTRY])?;
    Some(u64::from_be_bytes(index.try_into().ok()?))
}

fn read<T: DeserializeOwned>(
    table: &ConsensusTable,
    key: &[u8],
    what: &'static str,
) -> Result<Option<T>, ConsensusError> {
    table.get(key)?.map(|bytes| decode(what, &bytes)).transpose()
}

fn decode<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, ConsensusError> {
    postcard::from_bytes(bytes).map_err(|error| ConsensusError::Damaged { what, error })
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    // Numbers, strings and sequences only: nothing in it can fail.
    postcard::to_allocvec(value).unwrap_or_else(|error| unreachable!("{error}"))
}

fn not_written(ended: StoreEnded) -> StorageError {
    StorageIoError::write_logs(&ended).into()
}

impl RaftLogReader<Types> for Log {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry>, StorageError> {
        Ok(self.entries.lock().range(range).map(|(_, entry)| entry.clone()).collect())
    }
}

impl RaftLogStorage<Types> for Log {
    type LogReader = Self;

    async fn get_log_state(&mut self) -> Result<LogState<Types>, StorageError> {
        let last = self.entries.lock().last_key_value().map(|(_, entry)| entry.log_id);
        let last_log_id = last.or(self.purged);
        Ok(LogState { last_purged_log_id: self.purged, last_log_id })
    }

    async fn get_log_reader(&mut self) -> Self::LogReader {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote) -> Result<(), StorageError> {
        self.vote = Some(*vote);
        let written = self.table.commit(vec![(VOTE.to_vec(), Some(encode(vote)))]).await;
        written.map_err(|ended| StorageIoError::write_vote(&ended).into())
    }

    async fn read_vote(&mut self) -> Result<Option<Vote>, StorageError> {
        Ok(self.vote)
    }

    /// Not waited for: it only lets a node that starts again know the cluster, and its members'
    /// addresses, before it has heard from them.
    async fn save_committed(
        &mut self,
        committed: Option<openraft::LogId<Number>>,
    ) -> Result<(), StorageError> {
        self.committed = committed;
        let value = committed.map(|committed| encode(&committed));
        self.table.submit(vec![(COMMITTED.to_vec(), value)], || {});
        Ok(())
    }

    async fn read_committed(&mut self) -> Result<Option<LogId>, StorageError> {
        Ok(self.committed)
    }

    async fn append<I>(
        &mut self,
        entries: I,
        callback: LogFlushed<Types>,
    ) -> Result<(), StorageError>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut changes = Vec::new();
        let mut log = self.entries.lock();
        for entry in entries {
            let index = entry.log_id.index;
            changes.push((entry_key(index), Some(encode(&entry))));
            log.insert(index, entry);
        }
        drop(log);
        self.table.submit(changes, || callback.log_io_completed(Ok(())));
        Ok(())
    }

    async fn truncate(&mut self, log_id: LogId) -> Result<(), StorageError> {
        let changes = self.forget(log_id.index..);
        self.table.commit(changes).await.map_err(not_written)
    }

    async fn purge(&mut self, log_id: LogId) -> Result<(), StorageError> {
        self.purged = Some(log_id);
        let mut changes = self.forget(..=log_id.index);
        changes.push((PURGED.to_vec(), Some(encode(&log_id))));
        self.table.commit(changes).await.map_err(not_written)
    }
}
