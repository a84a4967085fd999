//! The store on the real engine and a real directory.

mod against_a_map;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use bytes::Bytes;
use ringway_replica::{Body, PartitionState, Record, Records, Value, Wall};
use ringway_ring::{Key, Partition};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::engine::{Change, Persist};
use super::*;
use crate::metrics::Registry;

struct Opened {
    store: Store,
    completed: UnboundedReceiver<Vec<Completed>>,
}

fn try_open(path: &Path, durability: Durability) -> Result<Opened, OpenStoreError> {
    let metrics = StoreMetrics::new(&Registry::new("n1").unwrap());
    let (sender, completed) = unbounded_channel();
    let store = Store::open(path, "a test", durability, metrics, sender)?;
    Ok(Opened { store, completed })
}

fn open(path: &Path) -> Opened {
    try_open(path, Durability::Immediate).unwrap()
}

impl Opened {
    /// Makes `stores`, and waits for them.
    fn make(&mut self, stores: Vec<Vec<Write>>) -> Vec<Completed> {
        let count = stores.len();
        for (ticket, writes) in (1..).zip(stores) {
            self.store.submit(sample::name(ticket), writes);
        }
        sample::completed(&mut self.completed, count).concat()
    }

    fn put(&mut self, key: &str, record: Record) {
        let completed = self.make(vec![vec![sample::write(key, record)]]);
        assert!(completed[0].stored.is_ok());
    }

    fn get(&self, key: &str) -> Option<Record> {
        self.store.get(sample::partition(key), &sample::key(key))
    }
}

fn large(byte: u8) -> Bytes {
    vec![byte; ENTRY_BYTES_MAX + 1].into()
}

fn blob_files(path: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(path.join("blobs")).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}

#[test]
fn every_start_has_a_higher_number() {
    let directory = tempfile::tempdir().unwrap();
    for expected in 1..=4 {
        let durability = match expected % 2 {
            0 => Durability::Immediate,
            _ => Durability::from_interval_seconds(3600),
        };
        let opened = try_open(directory.path(), durability).unwrap();
        assert_eq!(opened.store.incarnation(), Incarnation::new(expected));
    }
}

#[test]
fn a_directory_keeps_its_disk_id_and_another_has_another() {
    let directories = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let disk_id = |number: usize| open(directories[number].path()).store.disk_id();
    assert_eq!(disk_id(0), disk_id(0));
    assert_ne!(disk_id(0), disk_id(1));
}

#[test]
fn nobody_else_reads_what_is_stored() {
    let above = tempfile::tempdir().unwrap();
    let path = above.path().join("new/data");
    let within = ["engine", "blobs"].map(|name| path.join(name));
    drop(open(&path));
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let modes = || [mode(&path), mode(&within[0]), mode(&within[1])];
    assert_eq!(modes(), [0o700; 3]);

    for opened in [&path, &within[0], &within[1]] {
        fs::set_permissions(opened, fs::Permissions::from_mode(0o755)).unwrap();
    }
    drop(open(&path));
    assert_eq!(modes(), [0o755, 0o700, 0o700], "others may be led to what is theirs");
}

#[test]
fn a_directory_of_the_first_format_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let engine = directory.path().join("engine");
    let engine = FjallEngine::open(&engine, Durability::Immediate).unwrap();
    let (table, key, value) = (Table::Meta, b"totals".to_vec(), Some(vec![0; 24]));
    engine.commit(vec![Change { table, key, value }], Persist::Disk).unwrap();
    drop(engine);
    let refused = try_open(directory.path(), Durability::Immediate);
    let refused = refused.err().unwrap();
    assert!(matches!(refused, OpenStoreError::Format { found: 1, read: 3 }), "{refused}");
}

#[test]
fn a_creation_that_a_crash_broke_off_is_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    let unfinished = directory.path().join("engine.unfinished");
    fs::create_dir(&unfinished).unwrap();
    fs::write(unfinished.join("lock"), "").unwrap();
    fs::write(unfinished.join("0.jnl"), "half").unwrap();
    let mut opened = open(directory.path());
    opened.put("k", sample::value(1, "v"));
    assert!(!unfinished.exists());
}

#[test]
fn a_store_whose_large_value_finds_no_room_is_refused_whole_and_alone() {
    let directory = tempfile::tempdir().unwrap();
    let mut opened = open(directory.path());
    // A file in the directory's place takes no files, whoever asks.
    fs::remove_dir(directory.path().join("blobs")).unwrap();
    fs::write(directory.path().join("blobs"), "").unwrap();
    let (partition, state) = (sample::partition("b"), sample::state(2));
    let completed = opened.make(vec![
        vec![sample::write("a", sample::value(1, "small"))],
        vec![
            sample::write("b", sample::value(2, "small")),
            Write::State { partition, state },
            sample::write("c", sample::value(2, large(1))),
        ],
        vec![sample::write("a", sample::value(3, "after"))],
    ]);
    let stored: Vec<_> = completed.iter().map(|completed| completed.stored.is_ok()).collect();
    assert_eq!(stored, [true, false, true]);
    assert_eq!(opened.get("a"), Some(sample::value(3, "after")));
    assert_eq!((opened.get("b"), opened.get("c")), (None, None));
    assert_eq!(opened.store.state(partition), None);
    assert!(!opened.store.has_failed());
}

#[test]
fn a_large_value_that_is_proposed_anew_stays_in_its_file() {
    let directory = tempfile::tempdir().unwrap();
    let mut opened = open(directory.path());
    opened.put("k", sample::value(1, large(1)));
    let file = blob_files(directory.path());
    let adopted = Record { accepted: sample::version(2), ..sample::value(1, large(1)) };
    opened.put("k", adopted.clone());
    assert_eq!(blob_files(directory.path()), file);
    assert_eq!(opened.get("k"), Some(adopted));

    opened.put("k", sample::value(3, large(1)));
    let other = blob_files(directory.path());
    assert!(other.len() == 1 && other != file, "another write has a file of its own");
    drop(opened);
    assert_eq!(open(directory.path()).get("k"), Some(sample::value(3, large(1))));
}

#[test]
fn a_large_value_can_be_read_while_it_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let mut opened = open(directory.path());
    opened.put("k", sample::value(1, large(1)));
    let Opened { store, completed } = &mut opened;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let found = store.get(sample::partition("k"), &sample::key("k"));
                assert!(found.is_some_and(|record| record.value_bytes() == ENTRY_BYTES_MAX + 1));
            }
        });
        for sequence in 2..=30_u8 {
            let record = sample::value(sequence.into(), large(sequence));
            store.submit(sample::name(sequence.into()), vec![sample::write("k", record)]);
            sample::completed(completed, 1);
        }
        done.store(true, Ordering::Relaxed);
        reader.join().unwrap();
    });
    assert!(!opened.store.has_failed());
    assert_eq!(blob_files(directory.path()).len(), 1);
}

/// Whether reading fails, everybody hears of it, and nothing is stored after.
fn fails(mut opened: Opened, path: &Path, read: impl FnOnce(&Store)) {
    assert!(!opened.store.has_failed());
    read(&opened.store);
    assert!(opened.store.has_failed());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(opened.store.failed());
    opened.store.submit(sample::name(9), vec![sample::write("late", sample::value(9, "v"))]);
    opened.store.close().unwrap();
    drop(opened.store);
    assert!(opened.completed.blocking_recv().is_none());
    assert_eq!(open(path).get("late"), None);
}

/// What is damaged, and who notices.
type Read = (Table, Vec<u8>, fn(&Store));

#[test]
fn damage_is_a_failure() {
    let place = record_key::of(sample::partition("k"), "k");
    let partition = record_key::prefix(sample::partition("k")).to_vec();
    let reads: [Read; 6] = [
        (Table::Records, place.clone(), |store| {
            assert_eq!(store.get(sample::partition("k"), &sample::key("k")), None);
        }),
        (Table::Records, place.clone(), |store| {
            assert_eq!(store.head(sample::partition("k"), &sample::key("k")), None);
        }),
        (Table::Records, place, |store| {
            assert_eq!(store.scan(sample::partition("k"), None, 9), []);
        }),
        (Table::States, partition, |store| {
            assert_eq!(store.state(sample::partition("k")), None);
        }),
        (Table::Names, b"k".to_vec(), |store| {
            assert!(store.list("", "", 9).is_err());
        }),
        (Table::Names, vec![0xff], |store| {
            assert!(store.list("", "", 9).is_err());
        }),
    ];
    for (table, key, read) in reads {
        let directory = tempfile::tempdir().unwrap();
        let opened = open(directory.path());
        let damage = vec![Change { table, key, value: Some(b"damage".to_vec()) }];
        opened.store.engine.commit(damage, Persist::Disk).unwrap();
        fails(opened, directory.path(), read);
    }
}

#[test]
fn a_value_apart_that_is_of_another_write_or_gone_is_a_failure() {
    let place = record_key::of(sample::partition("k"), "k");
    let other = apart_value::encode(sample::version(2), &[7; INLINE_BYTES_MAX + 1]);
    for value in [Some(other), None] {
        let directory = tempfile::tempdir().unwrap();
        let mut opened = open(directory.path());
        opened.put("k", sample::value(1, vec![7; INLINE_BYTES_MAX + 1]));
        let damage = vec![Change { table: Table::Values, key: place.clone(), value }];
        opened.store.engine.commit(damage, Persist::Disk).unwrap();
        fails(opened, directory.path(), |store| {
            assert_eq!(store.get(sample::partition("k"), &sample::key("k")), None);
        });
    }
}

#[test]
fn a_large_value_that_is_damaged_or_gone_is_a_failure() {
    let damage: [fn(&Path); 2] = [
        |file| {
            let mut bytes = fs::read(file).unwrap();
            bytes[1000] ^= 1;
            fs::write(file, bytes).unwrap();
        },
        |file| fs::remove_file(file).unwrap(),
    ];
    for damage in damage {
        let directory = tempfile::tempdir().unwrap();
        let mut opened = open(directory.path());
        opened.put("k", sample::value(1, large(1)));
        damage(&blob_files(directory.path())[0]);
        fails(opened, directory.path(), |store| {
            assert_eq!(store.get(sample::partition("k"), &sample::key("k")), None);
        });
    }
}

#[test]
fn a_file_that_no_record_points_to_goes_at_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let mut opened = open(directory.path());
    opened.put("k", sample::value(1, large(1)));
    drop(opened);
    fs::write(directory.path().join("blobs").join(format!("{:016x}", 77)), "half").unwrap();
    let opened = open(directory.path());
    assert_eq!(blob_files(directory.path()).len(), 1);
    assert_eq!(opened.get("k"), Some(sample::value(1, large(1))));
}
