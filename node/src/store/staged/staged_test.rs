//! Many writes in one commit come to what they would have come to one by one.

use std::collections::BTreeMap;

use parking_lot::Mutex;
use proptest::prelude::*;

use super::super::engine::{Entry, Persist};
use super::*;

/// An engine in memory.
#[derive(Default)]
struct MemoryEngine(Mutex<Entries>);

type Entries = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

impl Engine for MemoryEngine {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        Ok(self.0.lock().get(&(table, key.to_vec())).cloned().map(Bytes::from))
    }

    fn scan<'e>(
        &'e self,
        table: Table,
        first: &[u8],
    ) -> Box<dyn Iterator<Item = Result<Entry, EngineError>> + 'e> {
        let from = (table, first.to_vec());
        let entries: Vec<_> =
            self.0.lock().range(from..).map(|(k, v)| (k.clone(), v.clone())).collect();
        let of_table = entries.into_iter().filter(move |((found, _), _)| *found == table);
        Box::new(of_table.map(|((_, key), value)| Ok((key.into(), value.into()))))
    }

    fn commit(&self, changes: Vec<Change>, _persist: Persist) -> Result<(), EngineError> {
        let mut entries = self.0.lock();
        let count = changes.len();
        let mut touched = std::collections::BTreeSet::new();
        for Change { table, key, value } in changes {
            touched.insert((table, key.clone()));
            match value {
                Some(value) => entries.insert((table, key), value),
                None => entries.remove(&(table, key)),
            };
        }
        assert_eq!(touched.len(), count, "one change of each entry");
        Ok(())
    }

    fn sync(&self) -> Result<(), EngineError> {
        Ok(())
    }
}

fn write(key: u8, value: Option<Vec<u8>>) -> Write {
    let key = Key::new(key.to_string()).unwrap();
    let put = |value: Vec<u8>| Action::Put {
        content_type: Bytes::new(),
        value: NewValue::Inline(value.into()),
    };
    Write { key, action: value.map_or(Action::Delete, put) }
}

type Batches = Vec<Vec<(u8, Option<Vec<u8>>)>>;

fn batches() -> impl Strategy<Value = Batches> {
    let value = proptest::option::weighted(0.7, proptest::collection::vec(any::<u8>(), 0..4));
    proptest::collection::vec(proptest::collection::vec((0..5_u8, value), 0..12), 0..8)
}

proptest! {
    #[test]
    fn a_batch_comes_to_what_its_writes_come_to(batches in batches()) {
        let engine = MemoryEngine::default();
        let (mut totals, mut version) = (Totals::default(), 0);
        let mut model: BTreeMap<u8, (u64, Vec<u8>)> = BTreeMap::new();
        for batch in batches {
            let mut staged = Staged::new(totals);
            for (key, value) in batch {
                let outcome = staged.stage(&engine, write(key, value.clone())).unwrap();
                let previous = model.remove(&key);
                version += u64::from(value.is_some() || previous.is_some());
                let given = Version::new(version);
                let expected = match (value, previous) {
                    (None, None) => Outcome::Missing,
                    (None, Some(_)) => Outcome::Deleted(given),
                    (Some(value), previous) => {
                        model.insert(key, (version, value));
                        let replaced = previous.map(|_| Outcome::Replaced(given));
                        replaced.unwrap_or(Outcome::Created(given))
                    }
                };
                prop_assert_eq!(outcome, expected);
            }
            let finished = staged.finish();
            totals = finished.totals;
            if let Some(changes) = finished.changes {
                engine.commit(changes, Persist::Disk).unwrap();
            }
            let bytes: usize = model.values().map(|(_, value)| value.len()).sum();
            prop_assert_eq!(totals.last_version, Version::new(version));
            prop_assert_eq!(totals.keys, model.len() as u64);
            prop_assert_eq!(totals.value_bytes, bytes as u64);
            for key in 0..5_u8 {
                let found = stored(&engine, &Key::new(key.to_string()).unwrap()).unwrap();
                let found = found.map(|record| (record.version.get(), record.value));
                let expected = model.get(&key).cloned();
                let inline = |value: Vec<u8>| StoredValue::Inline(value.into());
                prop_assert_eq!(found, expected.map(|(version, value)| (version, inline(value))));
            }
        }
    }
}
