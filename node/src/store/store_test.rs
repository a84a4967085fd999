//! A long run of random operations on the real engine against a plain map, through
//! concurrent writes, deletes, large values and reopenings. The engine is young; this is
//! where trust in it comes from.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use tokio::task::JoinSet;

use super::*;
use crate::metrics::Registry;

const ROUNDS: usize = 80;
const KEYS: u64 = 400;

/// Xorshift: the same seed gives the same run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn value(&mut self) -> Vec<u8> {
        let length = match self.below(100) {
            0 => INLINE_BYTES_MAX as u64 + 1 + self.below(1 << 19),
            1..10 => self.below(20_000),
            _ => self.below(300),
        };
        let first = self.below(256);
        (0..length).map(|at| ((first + at) % 251) as u8).collect()
    }
}

type Model = BTreeMap<String, Vec<u8>>;

fn open(path: &Path, durability: Durability) -> Arc<Store> {
    let metrics = StoreMetrics::new(&Registry::new("n1").unwrap());
    Arc::new(Store::open(path, "a test", durability, metrics).unwrap())
}

async fn value(store: &Store, key: &str) -> Option<Vec<u8>> {
    match store.get(&Key::new(key).unwrap()).unwrap()?.value {
        StoredValue::Inline(value) => Some(value.to_vec()),
        StoredValue::Blob(reference) => Some(store.read_blob(reference).await.unwrap().to_vec()),
    }
}

/// Writes to distinct keys at once, so that they share commits in any order.
async fn write_some(store: &Arc<Store>, model: &mut Model, random: &mut Random) {
    let mut writes = JoinSet::new();
    let count = 1 + random.below(40);
    let keys: BTreeSet<_> = (0..count).map(|_| format!("k{}", random.below(KEYS))).collect();
    for key in keys {
        let store = Arc::clone(store);
        let owned = Key::new(key.clone()).unwrap();
        if random.below(4) == 0 {
            let was_there = model.remove(&key).is_some();
            writes.spawn(async move {
                assert_eq!(store.delete(owned).await.unwrap().is_some(), was_there, "{key}");
            });
        } else {
            let value = random.value();
            let is_new = model.insert(key.clone(), value.clone()).is_none();
            writes.spawn(async move {
                let put = store.put(owned, Bytes::new(), value.into()).await.unwrap();
                assert_eq!(put.is_new, is_new, "{key}");
            });
        }
    }
    while let Some(written) = writes.join_next().await {
        written.unwrap();
    }
}

async fn check_all(store: &Store, path: &Path, model: &Model) {
    let found = store.list("", "", usize::MAX).unwrap();
    let keys: Vec<_> = found.iter().map(|(key, _)| key).collect();
    assert_eq!(keys, model.keys().collect::<Vec<_>>());
    for (key, expected) in model {
        assert!(value(store, key).await.as_ref() == Some(expected), "{key}");
    }
    let large = model.values().filter(|value| value.len() > INLINE_BYTES_MAX).count();
    let files = fs::read_dir(path.join("blobs")).unwrap().count();
    assert_eq!(files, large, "each large value has a file, and no file is left over");
}

#[tokio::test]
async fn the_store_does_what_a_map_does() {
    let seed = RandomState::new().hash_one(0) | 1;
    println!("seed {seed}");
    let mut random = Random(seed);
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let mut model = Model::new();
    let mut store = open(&path, Durability::Immediate);
    for _ in 0..ROUNDS {
        write_some(&store, &mut model, &mut random).await;
        let probe = format!("k{}", random.below(KEYS));
        assert_eq!(value(&store, &probe).await.as_ref(), model.get(&probe), "{probe}");
        if random.below(15) == 0 {
            drop(store);
            let durability = match random.below(2) {
                0 => Durability::Immediate,
                _ => Durability::Interval(Duration::from_millis(1)),
            };
            store = open(&path, durability);
            check_all(&store, &path, &model).await;
        }
    }
    drop(store);
    check_all(&open(&path, Durability::Immediate), &path, &model).await;
}

#[tokio::test]
async fn versions_rise_over_deletes_and_reopenings() {
    let directory = tempfile::tempdir().unwrap();
    let key = || Key::new("k").unwrap();
    let mut last = Version::default();
    for _ in 0..3 {
        let store = open(directory.path(), Durability::Immediate);
        for _ in 0..3 {
            let put = store.put(key(), Bytes::new(), Bytes::new()).await.unwrap();
            assert!(put.is_new && put.version > last);
            last = store.delete(key()).await.unwrap().unwrap();
            assert!(last > put.version);
        }
    }
}

#[tokio::test]
async fn a_damaged_large_value_is_told_from_a_good_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path(), Durability::Immediate);
    let key = || Key::new("large").unwrap();
    let large = vec![7; INLINE_BYTES_MAX + 1];
    store.put(key(), Bytes::new(), large.into()).await.unwrap();
    let file = fs::read_dir(directory.path().join("blobs")).unwrap().next().unwrap().unwrap();
    let mut bytes = fs::read(file.path()).unwrap();
    bytes[1000] ^= 1;
    fs::write(file.path(), bytes).unwrap();
    let StoredValue::Blob(reference) = store.get(&key()).unwrap().unwrap().value else {
        panic!("it is large")
    };
    let read = store.read_blob(reference).await;
    assert!(matches!(read, Err(ReadBlobError::Damaged { .. })), "{read:?}");
}

#[tokio::test]
async fn a_creation_that_a_crash_broke_off_is_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    let unfinished = directory.path().join("engine.unfinished");
    fs::create_dir(&unfinished).unwrap();
    fs::write(unfinished.join("lock"), "").unwrap();
    fs::write(unfinished.join("0.jnl"), "half").unwrap();
    let store = open(directory.path(), Durability::Immediate);
    store.put(Key::new("k").unwrap(), Bytes::new(), "v".into()).await.unwrap();
    assert!(!unfinished.exists());
}
