//! Values through many files, merges and reopenings, against a plain map.

use std::collections::BTreeMap;

use super::*;

/// So small that tables are written, and merged, all the time.
const MEMTABLE_BYTES: u64 = 256 << 10;
const KEYS: u64 = 60;
const ROUNDS: u64 = 12;
const CHANGES: u64 = 150;

/// The key of the change that is `number`, and what it holds from then on.
fn change(number: u64) -> (Vec<u8>, Option<Vec<u8>>) {
    let key = (number * 7_919 % KEYS).to_be_bytes().to_vec();
    let length = 1_100 + number * 6_113 % 23_000;
    let value = (0..length).map(|at| (at ^ number).wrapping_mul(0x9e37_79b1).to_le_bytes()[2]);
    let is_removed = number * 104_729 % 10 < 3;
    (key, (!is_removed).then(|| value.collect()))
}

fn stored(engine: &FjallEngine) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let entries = engine.scan(Table::Values, &[], &[]);
    entries.map(|entry| entry.map(|(key, value)| (key.into(), value.into())).unwrap()).collect()
}

#[test]
fn what_is_written_removed_and_merged_over_and_over_is_what_a_map_holds() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("engine");
    let mut model = BTreeMap::new();
    let mut written = 0;
    for round in 0..ROUNDS {
        let engine = open(&path, MEMTABLE_BYTES).unwrap();
        assert!(stored(&engine) == model, "round {round}: not what was there before");
        for number in round * CHANGES..(round + 1) * CHANGES {
            let (key, value) = change(number);
            written += value.as_ref().map_or(0, |value| value.len() as u64);
            let change = Change { table: Table::Values, key: key.clone(), value: value.clone() };
            engine.commit(vec![change], Persist::Process).unwrap();
            match value {
                Some(value) => model.insert(key, value),
                None => model.remove(&key),
            };
        }
        assert!(stored(&engine) == model, "round {round}: not what was written");
        engine.sync().unwrap();
    }
    // What was written over does not stay for ever: or the test has merged nothing.
    let tables = bytes_in(&path.join("keyspaces"));
    assert!(tables > 0 && tables < written / 2, "{tables} bytes of {written}");
}

fn bytes_in(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    let sizes = entries.map(|entry| {
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() { bytes_in(&entry.path()) } else { metadata.len() }
    });
    sizes.sum()
}
