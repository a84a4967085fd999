//! Many stores as one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringway_replica::{PartitionState, Record, Replaced, Write};
use ringway_ring::{Key, Partition};

use super::blobs::{BlobDraft, BlobReference, Blobs};
use super::completed::RefusedStore;
use super::consensus_table::ConsensusWrite;
use super::engine::{Change, Engine, Table};
use super::record::{StoredRecord, large_value};
use super::record_head::RecordHead;
use super::totals::Totals;
use super::{StoreError, meta, record_key, state};

/// Stores one after the other that will be committed at once. Of each key and each partition
/// only the last write reaches the engine.
pub(super) struct Staged {
    records: BTreeMap<Key<'static>, StagedRecord>,
    states: BTreeMap<Partition, PartitionState>,
    /// With a draft where a file is new, without one where it is no longer needed.
    blobs: BTreeMap<u64, Option<BlobDraft>>,
    consensus: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    totals: Totals,
}

/// What becomes of a key.
struct StagedRecord {
    partition: Partition,
    record: Option<StoredRecord>,
    /// What is on the disk.
    on_disk: Option<RecordHead>,
}

impl StagedRecord {
    fn add_changes(self, key: Key<'static>, changes: &mut Vec<Change>) {
        let Self { partition, record, on_disk } = self;
        let place = record_key::of(partition, key.as_str());
        if on_disk.is_some() != record.is_some() {
            let value = record.as_ref().map(|_| record_key::prefix(partition).to_vec());
            changes.push(Change { table: Table::Names, key: String::from(key).into(), value });
        }
        // `written` names one value, so one that is accepted anew lies there already.
        let apart = |head: &RecordHead| head.is_apart().then_some(head.written);
        let (was, is) = (on_disk.as_ref().and_then(apart), record.as_ref().map(|it| &it.head));
        if was != is.and_then(apart) {
            let value = record.as_ref().and_then(StoredRecord::apart);
            changes.push(Change { table: Table::Values, key: place.clone(), value });
        }
        let value = record.map(|record| record.encode());
        changes.push(Change { table: Table::Records, key: place, value });
    }
}

/// What a [`Staged`] comes to.
pub(super) struct Finished {
    pub(super) changes: Vec<Change>,
    pub(super) totals: Totals,
    /// The files that the changes point to.
    pub(super) drafts: Vec<BlobDraft>,
    /// The files to which nothing points any more once the changes are durable.
    pub(super) unneeded_blobs: Vec<u64>,
}

/// A write of a key that can't fail any more.
struct Prepared {
    key: Key<'static>,
    partition: Partition,
    previous: Option<RecordHead>,
    record: Option<StoredRecord>,
    draft: Option<BlobDraft>,
}

impl Staged {
    pub(super) fn new(totals: Totals) -> Self {
        let (records, states, blobs, consensus) = Default::default();
        Self { records, states, blobs, consensus, totals }
    }

    /// Adds one store, whole or not at all. Its large values are on the disk when this
    /// returns.
    pub(super) fn stage(
        &mut self,
        engine: &dyn Engine,
        blobs: &Arc<Blobs>,
        writes: Vec<Write>,
    ) -> Result<Result<(), RefusedStore>, StoreError> {
        let (mut records, mut states) = (BTreeMap::new(), BTreeMap::new());
        for write in writes {
            match write {
                Write::Record { partition, key, record, replaced } => {
                    records.insert(key, (partition, record, replaced));
                }
                Write::State { partition, state } => {
                    states.insert(partition, state);
                }
            }
        }
        let mut prepared = Vec::with_capacity(records.len());
        for (key, (partition, record, replaced)) in records {
            let previous = self.head(engine, partition, &key, replaced)?;
            match prepare(blobs, key, partition, previous, record) {
                Ok(write) => prepared.push(write),
                // The drafts made so far go with it.
                Err(refused) => return Ok(Err(refused)),
            }
        }
        self.states.append(&mut states);
        for write in prepared {
            self.apply(write);
        }
        Ok(Ok(()))
    }

    /// What is stored of `key`, the stores before this one included. Where the replica has
    /// read it already, that is as good as another read and costs nothing.
    fn head(
        &self,
        engine: &dyn Engine,
        partition: Partition,
        key: &Key<'static>,
        replaced: Replaced,
    ) -> Result<Option<RecordHead>, StoreError> {
        if let Some(staged) = self.records.get(key) {
            return Ok(staged.record.as_ref().map(|record| record.head));
        }
        match replaced {
            Replaced::Known(None) => return Ok(None),
            Replaced::Known(Some(head)) => {
                if let Some(inline) = RecordHead::of_inline(&head) {
                    return Ok(Some(inline));
                }
            }
            Replaced::Unknown => {}
        }
        let record = engine.get(Table::Records, &record_key::of(partition, key.as_str()))?;
        Ok(record.map(StoredRecord::decode_head).transpose()?)
    }

    fn apply(&mut self, write: Prepared) {
        let Prepared { key, partition, previous, record, draft } = write;
        let head = record.as_ref().map(|record| record.head);
        let blob = head.and_then(|head| head.blob());
        if let Some(previous) = previous {
            self.totals.subtract(&previous);
            if let Some(unneeded) = previous.blob()
                && blob != Some(unneeded)
            {
                self.forget_blob(unneeded.id);
            }
        }
        if let Some(head) = head {
            self.totals.add(&head);
        }
        if let Some(draft) = draft {
            self.blobs.insert(draft.reference().id, Some(draft));
        }
        let on_disk = self.records.get(&key).map_or(previous, |staged| staged.on_disk);
        self.records.insert(key, StagedRecord { partition, record, on_disk });
    }

    /// A draft that is replaced before it was ever pointed to goes at once.
    fn forget_blob(&mut self, id: u64) {
        if self.blobs.remove(&id).is_none() {
            self.blobs.insert(id, None);
        }
    }

    /// Adds what consensus writes; returns whom to tell when it is done.
    pub(super) fn add(&mut self, write: ConsensusWrite) -> Box<dyn FnOnce() + Send> {
        self.consensus.extend(write.changes);
        write.done
    }

    /// Whether a promise is among them: a partition's state, or what consensus keeps.
    pub(super) fn must_be_durable(&self) -> bool {
        !self.states.is_empty() || !self.consensus.is_empty()
    }

    pub(super) fn finish(self) -> Finished {
        let count = 3 * self.records.len()
            + self.states.len()
            + self.blobs.len()
            + self.consensus.len()
            + 1;
        let mut changes = Vec::with_capacity(count);
        if !self.records.is_empty() {
            changes.push(meta::totals(&self.totals));
        }
        for (key, staged) in self.records {
            staged.add_changes(key, &mut changes);
        }
        for (partition, new) in self.states {
            let (key, value) = (record_key::prefix(partition).to_vec(), Some(state::encode(&new)));
            changes.push(Change { table: Table::States, key, value });
        }
        for (key, value) in self.consensus {
            changes.push(Change { table: Table::Consensus, key, value });
        }
        let (mut drafts, mut unneeded_blobs) = (Vec::new(), Vec::new());
        for (id, draft) in self.blobs {
            let value = draft.is_some().then(Vec::new);
            changes.push(Change { table: Table::Blobs, key: id.to_be_bytes().to_vec(), value });
            match draft {
                Some(draft) => drafts.push(draft),
                None => unneeded_blobs.push(id),
            }
        }
        Finished { changes, totals: self.totals, drafts, unneeded_blobs }
    }
}

fn prepare(
    blobs: &Arc<Blobs>,
    key: Key<'static>,
    partition: Partition,
    previous: Option<RecordHead>,
    record: Option<Record>,
) -> Result<Prepared, RefusedStore> {
    let Some(record) = record else {
        return Ok(Prepared { key, partition, previous, record: None, draft: None });
    };
    let (mut blob, mut draft) = (None, None);
    if let Some(value) = large_value(&record) {
        blob = already_stored(previous.as_ref(), &record, value);
        if blob.is_none() {
            let new = blobs.write(value).map_err(|error| RefusedStore(Arc::new(error)))?;
            (blob, draft) = (Some(new.reference()), Some(new));
        }
    }
    let record = Some(StoredRecord::new(record, blob));
    Ok(Prepared { key, partition, previous, record, draft })
}

/// The file that holds the value of `record` already, as it does where a leader proposes a
/// record anew that is here: `written` names one value.
fn already_stored(
    previous: Option<&RecordHead>,
    record: &Record,
    value: &[u8],
) -> Option<BlobReference> {
    let previous = previous.filter(|previous| previous.written == record.written)?;
    previous.blob().filter(|blob| blob.is_of(value))
}

#[cfg(test)]
mod staged_test;
