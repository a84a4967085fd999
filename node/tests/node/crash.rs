//! kill -9 at any moment, and what a loss of power leaves of a journal.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ringway_replica::Version;

use crate::client::Client;
use crate::process::{Process, refused, ringway_node};

/// What a client knows: the value that it was told is stored, or that none is. Nothing
/// where it does not know.
type Known = BTreeMap<String, Option<Option<Vec<u8>>>>;

/// What a client was told, of keys that only it writes.
#[derive(Default)]
struct Told {
    known: Known,
    /// The last version of each key.
    versions: BTreeMap<String, Version>,
}

const CLIENTS: usize = 8;

#[test]
fn kill_9_during_writes_loses_no_acknowledged_write() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let mut clients: Vec<Told> = (0..CLIENTS).map(|_| Told::default()).collect();
    for round in 0..5 {
        let node = Process::start(&path, &[]);
        check(&node, &clients);
        let acknowledged = AtomicUsize::new(0);
        let address = node.address;
        thread::scope(|scope| {
            for (client, told) in clients.iter_mut().enumerate() {
                let acknowledged = &acknowledged;
                scope.spawn(move || {
                    let connection = Client::connect(address).unwrap();
                    write_until_killed(connection, round, client, told, acknowledged);
                });
            }
            while acknowledged.load(Ordering::Relaxed) < 300 + 50 * round {
                thread::yield_now();
            }
            node.kill();
        });
    }
    check(&Process::start(&path, &[]), &clients);
}

/// Writes its own keys until the node is gone. No version of a key is given twice, before
/// a crash or after it.
fn write_until_killed(
    mut connection: Client,
    round: usize,
    client: usize,
    told: &mut Told,
    acknowledged: &AtomicUsize,
) {
    let Told { known, versions } = told;
    for write in 0.. {
        let key = format!("{client}/{}", write % 40);
        // Some are large enough to be files of their own, some delete.
        let length = if write % 17 == 5 { (1 << 20) + write } else { write % 300 };
        let value = (write % 7 != 6).then(|| {
            format!("{round}-{client}-{write}-").bytes().cycle().take(length).collect::<Vec<_>>()
        });
        let method = if value.is_some() { "PUT" } else { "DELETE" };
        let target = format!("/kv/{key}");
        known.insert(key.clone(), None);
        let body = value.as_deref().unwrap_or_default();
        let Ok(answer) = connection.request(method, &target, body) else { return };
        assert!(matches!(answer.status, 200 | 201 | 404), "{answer:?}");
        if value.is_some() {
            let version = answer.version();
            let before = versions.insert(key.clone(), version);
            assert!(before < Some(version), "{key}: {before:?}, then {version}");
        }
        known.insert(key, Some(value));
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
}

fn check(node: &Process, clients: &[Told]) {
    for (key, known) in clients.iter().flat_map(|told| &told.known) {
        if let Some(expected) = known {
            let found = node.get(key);
            assert!(found == *expected, "{key}: {:?} bytes", found.map(|value| value.len()));
        }
    }
}

/// A stopped node's newest journal.
struct Journal {
    path: PathBuf,
    bytes: Vec<u8>,
}

impl Journal {
    fn of(data: &Path) -> Self {
        let files = fs::read_dir(data.join("engine")).unwrap().map(|file| file.unwrap().path());
        let number = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().parse::<u64>();
        let journals = files.filter(|path| path.extension().is_some_and(|end| end == "jnl"));
        let path = journals.max_by_key(|path| number(path).unwrap()).unwrap();
        Self { bytes: fs::read(&path).unwrap(), path }
    }

    /// Where each batch ends: behind its trailer.
    fn ends(&self) -> Vec<usize> {
        let trailers = self.bytes.windows(4).enumerate();
        trailers.filter(|(_, four)| four == b"FJL\x03").map(|(at, _)| at + 4).collect()
    }

    fn write(&self, bytes: &[u8]) {
        fs::write(&self.path, bytes).unwrap();
    }
}

/// A stopped node's data, with 20 acknowledged writes.
fn killed_node() -> (tempfile::TempDir, PathBuf, Journal) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("data");
    let node = Process::start(&path, &[]);
    for key in 0..20 {
        node.put(&key.to_string(), format!("value {key}").as_bytes());
    }
    node.kill();
    let journal = Journal::of(&path);
    (directory, path, journal)
}

#[test]
fn a_torn_tail_recovers_to_the_last_acknowledged_write() {
    let (_directory, path, journal) = killed_node();
    let ends = journal.ends();
    let (before_last, end) = (ends[ends.len() - 2], ends[ends.len() - 1]);
    let (whole, padding) = journal.bytes.split_at(end);
    let last = &whole[before_last..];
    let mut wrong_byte = last.to_vec();
    wrong_byte[last.len() / 2] ^= 0x40;
    let (half, garbage) = (&last[..last.len() / 2], [0xAB; 100]);
    for (torn, tail) in [
        ("half a batch", half),
        ("a batch with a wrong byte", &wrong_byte),
        ("garbage", &garbage),
        ("garbage far behind", &[&[0; 5000], &garbage[..]].concat()),
        ("a wrong batch, then garbage", &[&wrong_byte[..], &garbage].concat()),
    ] {
        let rest = padding.get(tail.len()..).unwrap_or_default();
        journal.write(&[whole, tail, rest].concat());
        for attempt in ["first", "second"] {
            let node = Process::start(&path, &[]);
            for key in 0..20 {
                let found = node.get(&key.to_string());
                let expected = format!("value {key}").into_bytes();
                assert_eq!(found, Some(expected), "{torn}, {attempt} start");
            }
            node.put("after", attempt.as_bytes());
            assert_eq!(node.get("after").unwrap(), attempt.as_bytes(), "{torn}");
            node.kill();
        }
    }
}

#[test]
fn a_journal_cut_inside_its_last_write_keeps_all_before_it() {
    let (_directory, path, journal) = killed_node();
    let end = *journal.ends().last().unwrap();
    journal.write(&journal.bytes[..end - 10]);
    let node = Process::start(&path, &[]);
    for key in 0..19 {
        assert_eq!(node.get(&key.to_string()).unwrap(), format!("value {key}").as_bytes());
    }
    assert_eq!(node.get("19"), None);
    node.put("19", b"again");
    node.kill();
    assert_eq!(Process::start(&path, &[]).get("19").unwrap(), b"again");
}

#[test]
fn damage_in_the_middle_is_refused_and_nothing_is_dropped() {
    let (_directory, path, journal) = killed_node();
    let ends = journal.ends();
    let middle = ends[ends.len() - 5];
    let mut damaged = journal.bytes.clone();
    damaged[middle + 30] ^= 0x40;
    journal.write(&damaged);
    let mut node = ringway_node(&["--port", "0", "--data-directory"]);
    node.arg(&path);
    let (code, said) = refused(node);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("is damaged at byte {middle}")), "{said}");
    assert_eq!(fs::read(&journal.path).unwrap(), damaged);
}
