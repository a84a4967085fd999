//! Many writes as one commit.

use std::collections::BTreeMap;

use bytes::Bytes;
use ringway_ring::Key;

use super::engine::{Change, Engine, EngineError, Table};
use super::record::{Record, StoredValue};
use super::{BlobDraft, Totals, Version, totals};

/// What a client wants written.
pub(super) struct Write {
    pub(super) key: Key<'static>,
    pub(super) action: Action,
}

/// What is to be done with a key.
pub(super) enum Action {
    Put { content_type: Bytes, value: NewValue },
    Delete,
}

/// A value that is not stored yet, or not pointed to.
pub(super) enum NewValue {
    Inline(Bytes),
    Blob(BlobDraft),
}

impl Write {
    /// How much it adds to a commit.
    pub(super) fn bytes(&self) -> usize {
        match &self.action {
            Action::Put { value: NewValue::Inline(value), .. } => value.len(),
            _ => 0,
        }
    }
}

/// What became of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Created(Version),
    Replaced(Version),
    Deleted(Version),
    /// There was nothing to delete.
    Missing,
}

/// Writes one after the other, each seeing those before it, that will be committed at
/// once. Of each key only the last write reaches the engine.
pub(super) struct Staged {
    records: BTreeMap<Key<'static>, Option<Record>>,
    blobs: BTreeMap<u64, Option<BlobDraft>>,
    totals: Totals,
}

/// What a [`Staged`] comes to.
pub(super) struct Finished {
    /// Nothing where no write changed anything.
    pub(super) changes: Option<Vec<Change>>,
    pub(super) totals: Totals,
    /// The files that the changes point to.
    pub(super) drafts: Vec<BlobDraft>,
    /// The files to which nothing points any more once the changes are durable.
    pub(super) unneeded_blobs: Vec<u64>,
}

impl Staged {
    pub(super) fn new(totals: Totals) -> Self {
        Self { records: BTreeMap::new(), blobs: BTreeMap::new(), totals }
    }

    pub(super) fn stage(
        &mut self,
        engine: &dyn Engine,
        Write { key, action }: Write,
    ) -> Result<Outcome, EngineError> {
        let previous = match self.records.get(&key) {
            Some(staged) => staged.clone(),
            None => stored(engine, &key)?,
        };
        if matches!(action, Action::Delete) && previous.is_none() {
            return Ok(Outcome::Missing);
        }
        let version = self.totals.last_version.next();
        self.totals.last_version = version;
        if let Some(previous) = &previous {
            self.totals.keys -= 1;
            self.totals.value_bytes -= previous.value.length();
            self.forget_blob(previous);
        }
        let outcome = match (&action, previous) {
            (Action::Delete, _) => Outcome::Deleted(version),
            (Action::Put { .. }, Some(_)) => Outcome::Replaced(version),
            (Action::Put { .. }, None) => Outcome::Created(version),
        };
        let record = match action {
            Action::Delete => None,
            Action::Put { content_type, value } => {
                let value = self.keep(value);
                self.totals.keys += 1;
                self.totals.value_bytes += value.length();
                Some(Record { version, content_type, value })
            }
        };
        self.records.insert(key, record);
        Ok(outcome)
    }

    fn keep(&mut self, value: NewValue) -> StoredValue {
        match value {
            NewValue::Inline(value) => StoredValue::Inline(value),
            NewValue::Blob(draft) => {
                let reference = draft.reference();
                self.blobs.insert(reference.id, Some(draft));
                StoredValue::Blob(reference)
            }
        }
    }

    /// A draft that is replaced before it was ever pointed to goes at once.
    fn forget_blob(&mut self, record: &Record) {
        if let StoredValue::Blob(reference) = &record.value
            && self.blobs.remove(&reference.id).is_none()
        {
            self.blobs.insert(reference.id, None);
        }
    }

    pub(super) fn finish(self) -> Finished {
        let mut changes = Vec::with_capacity(self.records.len() + self.blobs.len() + 1);
        for (key, record) in self.records {
            let value = record.map(|record| record.encode());
            changes.push(Change { table: Table::Records, key: String::from(key).into(), value });
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
        let changes = (!changes.is_empty()).then(|| {
            let value = Some(self.totals.encode());
            changes.push(Change { table: Table::Meta, key: totals::KEY.to_vec(), value });
            changes
        });
        Finished { changes, totals: self.totals, drafts, unneeded_blobs }
    }
}

fn stored(engine: &dyn Engine, key: &Key<'_>) -> Result<Option<Record>, EngineError> {
    engine
        .get(Table::Records, key.as_str().as_bytes())?
        .map(|bytes| Record::decode(bytes).map_err(|error| EngineError(Box::new(error))))
        .transpose()
}

#[cfg(test)]
mod staged_test;
