//! Many stores in one commit come to what they would have come to one by one.

use std::collections::BTreeSet;

use proptest::prelude::*;
use ringway_replica::Head;

use super::super::engine::Persist;
use super::super::memory_engine::MemoryEngine;
use super::super::sample;
use super::super::{INLINE_BYTES_MAX, apart_value};
use super::*;

/// Of a key: remove it, bury it, or give it a value of some bytes.
#[derive(Clone, Debug)]
enum Change {
    Remove,
    Bury,
    Value(Vec<u8>),
}

fn batches() -> impl Strategy<Value = Vec<Vec<Vec<(&'static str, Change)>>>> {
    let change = prop_oneof![
        Just(Change::Remove),
        Just(Change::Bury),
        proptest::collection::vec(any::<u8>(), 0..4).prop_map(Change::Value),
        any::<u8>().prop_map(|byte| Change::Value(vec![byte; INLINE_BYTES_MAX + 1])),
    ];
    let key = proptest::sample::select(vec!["a", "b", "cc", "dd"]);
    let store = proptest::collection::vec((key, change), 0..4);
    proptest::collection::vec(proptest::collection::vec(store, 0..6), 0..8)
}

proptest! {
    #[test]
    fn a_batch_comes_to_what_its_stores_come_to(batches in batches()) {
        let directory = tempfile::tempdir().unwrap();
        let blobs = Arc::new(Blobs::sweep(directory.path().into(), &BTreeSet::new()).unwrap());
        let engine = MemoryEngine::default();
        let (mut totals, mut sequence) = (Totals::default(), 0);
        let mut model: BTreeMap<&str, Record> = BTreeMap::new();
        for batch in batches {
            let mut staged = Staged::new(totals);
            let on_disk = model.clone();
            let mut under_way = BTreeSet::new();
            for store in batch {
                let mut writes = Vec::new();
                for (key, change) in store {
                    sequence += 1;
                    let record = match change {
                        Change::Remove => None,
                        Change::Bury => Some(sample::tombstone(sequence)),
                        Change::Value(bytes) => Some(sample::value(sequence, bytes)),
                    };
                    model.remove(key);
                    model.extend(record.clone().map(|record| (key, record)));
                    let (partition, state) = (sample::partition(key), sample::state(sequence));
                    // A replica knows what is there if nothing of the key is under way.
                    let known = Replaced::Known(on_disk.get(key).map(Head::of));
                    let is_first = under_way.insert(key);
                    let replaced = if is_first { known } else { Replaced::Unknown };
                    let key = sample::key(key);
                    writes.push(Write::Record { partition, key, record, replaced });
                    writes.push(Write::State { partition, state });
                }
                staged.stage(&engine, &blobs, writes).unwrap().unwrap();
            }
            let finished = staged.finish();
            totals = finished.totals;
            engine.commit(finished.changes, Persist::Disk).unwrap();

            let live = model.values().filter(|record| !record.is_tombstone()).count() as u64;
            let value_bytes = model.values().map(|record| record.value_bytes() as u64).sum();
            let tombstones = model.len() as u64 - live;
            prop_assert_eq!(totals, Totals { keys: live, value_bytes, tombstones });
            let names = engine.scan(Table::Names, &[], &[]).map(|entry| entry.unwrap().0);
            let names: Vec<_> = names.map(|name| String::from_utf8(name.into()).unwrap()).collect();
            prop_assert_eq!(names, model.keys().copied().collect::<Vec<_>>());
            prop_assert_eq!(engine.scan(Table::Records, &[], &[]).count(), model.len());
            let apart = model.values().filter(|record| record.value_bytes() > INLINE_BYTES_MAX);
            prop_assert_eq!(engine.scan(Table::Values, &[], &[]).count(), apart.count());
            for (key, record) in &model {
                let place = record_key::of(sample::partition(key), key);
                let stored = engine.get(Table::Records, &place).unwrap().unwrap();
                let stored = StoredRecord::decode(stored).unwrap();
                let apart = engine.get(Table::Values, &place).unwrap();
                let decode = |apart| apart_value::decode(apart, record.written).unwrap();
                prop_assert_eq!(&stored.whole(apart.map(decode)), record);
            }
        }
        let stored = engine.get(Table::Meta, b"totals").unwrap();
        prop_assert_eq!(stored.and_then(Totals::decode).unwrap_or_default(), totals);
    }
}
