//! Random stores and reopenings against plain maps. The engine is young; this is where trust
//! in it comes from.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use ringway_replica::Head;

use super::*;
use crate::store::stored_key::StoredHead;

/// One begins with another, holds what sorts low or high, or has bytes above ASCII.
const KEYS: [&str; 10] = ["a", "a\0", "aa", "aaa", "ab", "a/b", "b", "z", "é", "\u{10ffff}"];

#[derive(Clone, Debug)]
enum Change {
    Remove,
    Bury,
    /// The record that is there, accepted anew.
    Adopt,
    Value {
        length: usize,
        content_type: Option<String>,
        expires: Option<u64>,
    },
    State,
}

type Stores = Vec<Vec<(&'static str, Change)>>;

#[derive(Clone, Debug)]
enum Step {
    Make(Stores),
    Reopen(Durability),
    List { prefix: &'static str, after: &'static str, limit: usize },
}

fn change() -> impl Strategy<Value = Change> {
    let length = prop_oneof![
        6 => 0..300_usize,
        3 => 0..20_000_usize,
        1 => INLINE_BYTES_MAX - 1..INLINE_BYTES_MAX + 3,
        1 => ENTRY_BYTES_MAX - 1..ENTRY_BYTES_MAX + 3,
    ];
    let value = (length, any::<Option<String>>(), any::<Option<u64>>());
    let value = value.prop_map(|(length, content_type, expires)| Change::Value {
        length,
        content_type,
        expires,
    });
    prop_oneof![
        1 => Just(Change::Remove),
        1 => Just(Change::Bury),
        1 => Just(Change::Adopt),
        1 => Just(Change::State),
        5 => value,
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let store = proptest::collection::vec((select(&KEYS[..]), change()), 0..4);
    let stores = proptest::collection::vec(store, 1..8);
    let list = (select(vec!["", "a", "aa", "é", "none"]), select(&KEYS[..]), 0..8_usize);
    let interval = Durability::Interval(Duration::from_millis(1));
    prop_oneof![
        5 => stores.prop_map(Step::Make),
        1 => select(vec![Durability::Immediate, interval]).prop_map(Step::Reopen),
        2 => list.prop_map(|(prefix, after, limit)| Step::List { prefix, after, limit }),
    ]
}

#[derive(Default)]
struct Model {
    records: BTreeMap<&'static str, Record>,
    states: BTreeMap<Partition, PartitionState>,
    sequence: u64,
}

impl Model {
    fn change(&mut self, key: &'static str, change: Change) -> Write {
        self.sequence += 1;
        let version = sample::version(self.sequence);
        let record = match change {
            Change::State => {
                let (partition, state) = (sample::partition(key), sample::state(self.sequence));
                self.states.insert(partition, state);
                return Write::State { partition, state };
            }
            Change::Remove => None,
            Change::Bury => Some(sample::tombstone(self.sequence)),
            Change::Adopt => {
                let present = self.records.get(key).cloned();
                present.map(|present| Record { accepted: version, ..present })
            }
            Change::Value { length, content_type, expires } => {
                let bytes = (self.sequence..).map(|at| at.to_le_bytes()[0]).take(length).collect();
                let expires = expires.map(Wall::new);
                let body = Body::Value(Value { bytes, content_type, expires });
                Some(Record { written: version, accepted: version, body })
            }
        };
        match record.clone() {
            Some(record) => self.records.insert(key, record),
            None => self.records.remove(key),
        };
        sample::write(key, record)
    }

    fn listed(&self, prefix: &str, after: &str, limit: usize) -> Vec<StoredKey> {
        let matching = self
            .records
            .iter()
            .filter(|&(&key, _)| key.starts_with(prefix) && (after.is_empty() || key > after));
        let listed = matching.take(limit).map(|(&key, record)| StoredKey {
            key: key.to_owned(),
            accepted: record.accepted,
            value: match &record.body {
                Body::Tombstone => None,
                Body::Value(value) => Some(StoredHead {
                    written: record.written,
                    bytes: value.bytes.len() as u64,
                    expires: value.expires,
                }),
            },
        });
        listed.collect()
    }

    fn large(&self) -> usize {
        self.records.values().filter(|record| record.value_bytes() > ENTRY_BYTES_MAX).count()
    }
}

/// By pages of two, from one to the next.
fn scan_all(store: &Store, partition: Partition) -> Vec<(String, Head)> {
    let mut found: Vec<(Key<'static>, Head)> = Vec::new();
    loop {
        let after = found.last().map(|(key, _)| key.clone());
        let page = store.scan(partition, after.as_ref(), 2);
        let is_last = page.len() < 2;
        found.extend(page);
        if is_last {
            return found.into_iter().map(|(key, head)| (key.into(), head)).collect();
        }
    }
}

fn check_all(opened: &Opened, model: &Model) {
    assert_eq!(opened.store.list("", "", usize::MAX).unwrap(), model.listed("", "", usize::MAX));
    for key in KEYS {
        let partition = sample::partition(key);
        assert!(opened.get(key).as_ref() == model.records.get(key), "{key}");
        let head = opened.store.head(partition, &sample::key(key));
        assert_eq!(head, model.records.get(key).map(Head::of));
        assert_eq!(opened.store.state(partition), model.states.get(&partition).copied());
        let expected =
            model.records.iter().filter(|&(&key, _)| sample::partition(key) == partition);
        let expected: Vec<_> =
            expected.map(|(&key, record)| (key.to_owned(), Head::of(record))).collect();
        assert!(scan_all(&opened.store, partition) == expected, "partition {partition}");
    }
    assert!(!opened.store.has_failed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_store_does_what_a_map_does(steps in proptest::collection::vec(step(), 1..20)) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("data");
        let mut model = Model::default();
        let mut opened = open(&path);
        for step in steps.into_iter().chain([Step::Reopen(Durability::Immediate)]) {
            match step {
                Step::Make(stores) => {
                    let mut write = |(key, change)| model.change(key, change);
                    let stores = stores.into_iter();
                    let stores = stores.map(|store| store.into_iter().map(&mut write).collect());
                    let completed = opened.make(stores.collect());
                    assert!(completed.iter().all(|completed| completed.stored.is_ok()));
                    check_all(&opened, &model);
                }
                Step::Reopen(durability) => {
                    drop(opened);
                    let files = blob_files(&path).len();
                    assert_eq!(files, model.large(), "a large value has a file, nothing else does");
                    opened = try_open(&path, durability).unwrap();
                    check_all(&opened, &model);
                }
                Step::List { prefix, after, limit } => {
                    let listed = opened.store.list(prefix, after, limit).unwrap();
                    assert_eq!(listed, model.listed(prefix, after, limit));
                }
            }
        }
    }
}
