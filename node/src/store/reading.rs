//! What is read of a store.

use bytes::Bytes;
use ringway_replica::{Head, PartitionState, Record, Records};
use ringway_ring::{Key, Partition};

use super::engine::Table;
use super::record::StoredRecord;
use super::record_head::{Place, RecordHead};
use super::{FormatError, Store, StoreError, StoredKey, apart_value, record_key, state};

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
        let stored = self.engine.get(Table::Records, place)?;
        Ok(stored.map(StoredRecord::decode_head).transpose()?)
    }

    fn stored(&self, place: &[u8]) -> Result<Option<StoredRecord>, StoreError> {
        let stored = self.engine.get(Table::Records, place)?;
        Ok(stored.map(StoredRecord::decode).transpose()?)
    }

    /// The record at `place`. Where its value lies elsewhere and can't be read, the record may
    /// have been replaced after it was read; then what is there now is taken.
    fn try_get(&self, place: &[u8]) -> Result<Option<Record>, StoreError> {
        let mut stored = self.stored(place)?;
        while let Some(record) = stored {
            let head = record.head;
            match self.value_elsewhere(place, &head) {
                Ok(value) => return Ok(Some(record.whole(value))),
                Err(error) => {
                    stored = self.stored(place)?;
                    if stored.as_ref().is_some_and(|now| now.head == head) {
                        return Err(error);
                    }
                }
            }
        }
        Ok(None)
    }

    /// The value of the record at `place` that has this `head`, if it isn't in the record.
    fn value_elsewhere(
        &self,
        place: &[u8],
        head: &RecordHead,
    ) -> Result<Option<Bytes>, StoreError> {
        match head.value.map(|value| value.place) {
            None | Some(Place::Inline) => Ok(None),
            Some(Place::Apart) => {
                let entry = self.engine.get(Table::Values, place)?.unwrap_or_default();
                Ok(Some(apart_value::decode(entry, head.written)?))
            }
            Some(Place::File(reference)) => Ok(Some(self.blobs.read(reference)?)),
        }
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
        for entry in self.engine.scan(Table::Records, &prefix, &first) {
            let (place, record) = entry?;
            if found.len() == limit {
                break;
            }
            if after.is_none() || place != first {
                let key = record_key::key(&place).ok_or_else(|| damaged_key(&place))?;
                found.push((key, StoredRecord::decode_head(record)?.summary()));
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
        let mut found = Vec::new();
        for entry in self.engine.scan(Table::Names, prefix.as_bytes(), after.as_bytes()) {
            let (name, partition) = entry?;
            if found.len() == limit {
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
