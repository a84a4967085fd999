//! What is read of a store.

use bytes::Bytes;
use ringway_replica::{Head, PartitionState, Record, Records};
use ringway_ring::{Key, Partition};

use super::engine::Table;
use super::record::StoredRecord;
use super::record_head::RecordHead;
use super::{FormatError, ReadBlobError, Store, StoreError, StoredKey, record_key, state};

/// A read that fails gives nothing, after [`Store::has_failed`] has become true.
impl Records for Store {
    fn state(&self, partition: Partition) -> Option<PartitionState> {
        self.read(self.try_state(partition))
    }

    fn get(&self, partition: Partition, key: &Key<'_>) -> Option<Record> {
        self.read(self.try_get(&record_key::of(partition, key.as_str())))
    }

    fn head(&self, partition: Partition, key: &Key<'_>) -> Option<Head> {
        let head = self.try_head(&record_key::of(partition, key.as_str()));
        self.read(head).map(|head| head.summary())
    }

    fn scan(
        &self,
        partition: Partition,
        after: Option<&Key<'_>>,
        limit: usize,
    ) -> Vec<(Key<'static>, Head)> {
        self.read(self.try_scan(partition, after, limit))
    }
}

impl Store {
    /// What was read, or nothing, once it is known to all that the store has failed.
    fn read<T: Default>(&self, read: Result<T, StoreError>) -> T {
        read.unwrap_or_else(|error| {
            self.failure.set(error);
            T::default()
        })
    }

    fn try_state(&self, partition: Partition) -> Result<Option<PartitionState>, StoreError> {
        let stored = self.engine.get(Table::States, &record_key::prefix(partition))?;
        Ok(stored.map(state::decode).transpose()?)
    }

    fn try_head(&self, place: &[u8]) -> Result<Option<RecordHead>, StoreError> {
        let stored = self.engine.get(Table::Heads, place)?;
        Ok(stored.map(RecordHead::decode).transpose()?)
    }

    fn stored(&self, place: &[u8]) -> Result<Option<StoredRecord>, StoreError> {
        let stored = self.engine.get(Table::Records, place)?;
        Ok(stored.map(StoredRecord::decode).transpose()?)
    }

    /// The record at `place`. A file that is gone means that the record was replaced after it
    /// was read; then what is there now is taken.
    fn try_get(&self, place: &[u8]) -> Result<Option<Record>, StoreError> {
        let mut stored = self.stored(place)?;
        while let Some(record) = stored {
            let blob = record.head.blob();
            match record.whole(|reference| self.blobs.read(reference)) {
                Ok(record) => return Ok(Some(record)),
                Err(error @ ReadBlobError::Gone { .. }) => {
                    stored = self.stored(place)?;
                    if stored.as_ref().and_then(|record| record.head.blob()) == blob {
                        return Err(error.into());
                    }
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(None)
    }

    fn try_scan(
        &self,
        partition: Partition,
        after: Option<&Key<'_>>,
        limit: usize,
    ) -> Result<Vec<(Key<'static>, Head)>, StoreError> {
        let prefix = record_key::prefix(partition);
        let first = record_key::of(partition, after.map_or("", Key::as_str));
        let mut found = Vec::new();
        for entry in self.engine.scan(Table::Heads, &first) {
            let (place, head) = entry?;
            if found.len() == limit || !place.starts_with(&prefix) {
                break;
            }
            if after.is_none() || place != first {
                let key = record_key::key(&place).ok_or_else(|| damaged_key(&place))?;
                found.push((key, RecordHead::decode(head)?.summary()));
            }
        }
        Ok(found)
    }

    pub(super) fn try_list(
        &self,
        prefix: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<StoredKey>, StoreError> {
        let first = prefix.max(after).as_bytes();
        let mut found = Vec::new();
        for entry in self.engine.scan(Table::Names, first) {
            let (name, partition) = entry?;
            if found.len() == limit || !name.starts_with(prefix.as_bytes()) {
                break;
            }
            let key = str::from_utf8(&name).map_err(|_| damaged_key(&name))?;
            if !after.is_empty() && key <= after {
                continue;
            }
            if partition.len() != record_key::PREFIX_BYTES {
                return Err(FormatError { what: "name", length: partition.len() }.into());
            }
            // None where it was removed after the name was read.
            if let Some(head) = self.try_head(&[&partition[..], &name[..]].concat())? {
                found.push(StoredKey::new(key.to_owned(), &head));
            }
        }
        Ok(found)
    }
}

fn damaged_key(place: &Bytes) -> FormatError {
    FormatError { what: "key", length: place.len() }
}
