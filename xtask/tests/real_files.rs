//! Real input: the files of this machine, stored under their paths through Envoy, read
//! back byte for byte after every node was killed.
#![allow(clippy::unwrap_used, reason = "a failed expectation may panic where it stands")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use ringway_ring::{Key, encode_path};
use tokio::task::JoinSet;
use xtask::stack::{Stack, StackOptions};

/// Documentation, headers, programs and libraries.
const ROOTS: [&str; 6] =
    ["/usr/share/doc", "/usr/include", "/usr/bin", "/usr/lib", "/usr/share", "/etc"];
const LEAST_FILES: usize = 2_000;
const MOST_FILES_OF_A_ROOT: usize = 800;
const MOST_BYTES_OF_A_ROOT: u64 = 50 << 20;
/// The largest value that a node takes.
const LARGEST: u64 = 8 << 20;
const AT_ONCE: usize = 16;
/// How long a node may take to serve again what it should.
const PATIENCE: Duration = Duration::from_mins(1);

struct RealFile {
    key: String,
    bytes: Vec<u8>,
}

/// Regular files below `root`, in the order of their names, within the bounds. Names
/// that can't be keys, and files that can't be read, are passed over.
fn collect(root: &Path, files: &mut Vec<RealFile>) {
    let mut found = 0;
    let mut bytes_left = MOST_BYTES_OF_A_ROOT;
    let mut pending = vec![root.to_owned()];
    while let Some(path) = pending.pop() {
        if found == MOST_FILES_OF_A_ROOT {
            return;
        }
        let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
        if metadata.is_dir() {
            let entries: BTreeSet<_> = fs::read_dir(&path)
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .collect();
            pending.extend(entries.into_iter().rev());
            continue;
        }
        let fits = metadata.is_file() && metadata.len() <= LARGEST.min(bytes_left);
        let key = path.to_str().filter(|text| Key::new(*text).is_ok());
        if let (true, Some(key), Ok(bytes)) = (fits, key, fs::read(&path)) {
            bytes_left -= metadata.len();
            found += 1;
            files.push(RealFile { key: key.to_owned(), bytes });
        }
    }
}

/// Files whose paths have spaces, copied from real ones.
fn with_spaces(directory: &Path, real: &[RealFile]) -> Vec<RealFile> {
    let copies = real.iter().take(3).enumerate().map(|(number, file)| {
        let path: PathBuf = directory.join(format!("a copy, number {number}"));
        fs::write(&path, &file.bytes).unwrap();
        RealFile { key: path.to_str().unwrap().to_owned(), bytes: fs::read(&path).unwrap() }
    });
    copies.collect()
}

fn real_files(temporary: &Path) -> Vec<RealFile> {
    let mut files = Vec::new();
    for root in ROOTS {
        collect(Path::new(root), &mut files);
    }
    if !files.iter().any(|file| file.key.contains(' ')) {
        files.extend(with_spaces(temporary, &files));
    }
    // One root lies within another: a file may have been found twice.
    files.sort_by(|one, other| one.key.cmp(&other.key));
    files.dedup_by(|one, other| one.key == other.key);
    assert!(
        files.len() >= LEAST_FILES,
        "this machine has only {} readable files of up to 8 MiB in {ROOTS:?}; {LEAST_FILES} \
         are needed",
        files.len()
    );
    files
}

/// Does `work` for each file, several at a time.
async fn for_each<W, F>(files: &Arc<Vec<RealFile>>, work: W)
where
    W: Fn(Arc<Vec<RealFile>>, usize) -> F + Clone + Send + 'static,
    F: Future<Output = ()> + Send + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (files, next, work) = (Arc::clone(files), Arc::clone(&next), work.clone());
        workers.spawn(async move {
            loop {
                let place = next.fetch_add(1, Ordering::Relaxed);
                if place >= files.len() {
                    return;
                }
                work(Arc::clone(&files), place).await;
            }
        });
    }
    // A worker's panic is this test's.
    workers.join_all().await;
}

#[tokio::test]
async fn real_files_survive_the_death_of_every_node() {
    let temporary = tempfile::tempdir().unwrap();
    let files = Arc::new(real_files(temporary.path()));
    let mut stack = Stack::start(StackOptions::of(5)).await.unwrap();
    let view = Arc::new(stack.view().await.unwrap());
    let client = Client::builder().no_proxy().build().unwrap();
    let edge = stack.edge().url();
    let url = move |key: &str| format!("{edge}/kv/{}", encode_path(key));

    let (put_client, put_url) = (client.clone(), url.clone());
    let put = move |files: Arc<Vec<RealFile>>, place: usize| {
        let RealFile { key, bytes } = &files[place];
        let request = put_client.put(put_url(key)).body(bytes.clone());
        let key = key.clone();
        async move {
            let status = request.send().await.unwrap().status();
            assert_eq!(status, StatusCode::CREATED, "{key}");
        }
    };
    for_each(&files, put).await;

    let ids: Vec<_> = view.nodes().iter().map(|node| node.id.clone()).collect();
    for id in &ids {
        stack.kill(id);
    }
    for id in &ids {
        stack.restart(id).await.unwrap();
    }

    let get = move |files: Arc<Vec<RealFile>>, place: usize| {
        let (client, url) = (client.clone(), url(&files[place].key));
        let view = Arc::clone(&view);
        async move {
            let RealFile { key, bytes } = &files[place];
            let partition = view.partition(Key::new(key.as_str()).unwrap().position());
            let primary = view.preference_list(partition).next().unwrap().id.as_str();
            // Until the primary has caught up and leads again the edge asks others first: the
            // bytes are right at once, and in a while the primary serves them.
            let deadline = Instant::now() + PATIENCE;
            loop {
                let response = client.get(&url).send().await.unwrap();
                assert_eq!(response.status(), StatusCode::OK, "{key}");
                let by_primary = response.headers()["x-ringway-node"] == primary;
                assert!(response.bytes().await.unwrap() == *bytes, "{key} has other bytes");
                if by_primary {
                    break;
                }
                assert!(Instant::now() < deadline, "{key} is not served by {primary}");
            }
        }
    };
    for_each(&files, get).await;

    let bytes: usize = files.iter().map(|file| file.bytes.len()).sum();
    println!("{} files, {} MiB", files.len(), bytes >> 20);
}
