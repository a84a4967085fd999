//! A HAProxy that reads keys when it starts, and not otherwise.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixListener;
use tokio::task::JoinHandle;

use super::super::key_set::key_set;
use super::*;

/// What answers as HAProxy does, its worker and its master. Gone when this is dropped.
struct Haproxy {
    environment: Arc<Mutex<String>>,
    reloads: Arc<Mutex<u32>>,
    tasks: [JoinHandle<()>; 2],
}

impl Haproxy {
    /// One that has started with what is in `directory`.
    fn start(directory: &Path) -> Self {
        let read = {
            let path = directory.join("keys.cfg");
            move || {
                let config = fs::read_to_string(&path).unwrap_or_default();
                config.replace("  setenv ", "").replace(' ', "=")
            }
        };
        let (environment, reloads) = (Arc::new(Mutex::new(read())), Arc::new(Mutex::new(0)));
        let [worker, master] = ["haproxy.sock", "master.sock"].map(|name| {
            let path = directory.join(name);
            let _ = fs::remove_file(&path);
            UnixListener::bind(path).unwrap()
        });
        let shown = Arc::clone(&environment);
        let worker = tokio::spawn(async move {
            while let Ok((stream, _)) = worker.accept().await {
                let mut stream = BufReader::new(stream);
                let mut command = String::new();
                while stream.read_line(&mut command).await.unwrap() > 0 {
                    let answer =
                        if command == "show env\n" { shown.lock().clone() } else { String::new() };
                    command.clear();
                    if stream.write_all(format!("{answer}\n> ").as_bytes()).await.is_err() {
                        break;
                    }
                }
            }
        });
        let (loaded, counted) = (Arc::clone(&environment), Arc::clone(&reloads));
        let master = tokio::spawn(async move {
            while let Ok((stream, _)) = master.accept().await {
                let mut command = String::new();
                BufReader::new(stream).read_line(&mut command).await.unwrap();
                assert_eq!(command, "reload\n");
                *loaded.lock() = read();
                *counted.lock() += 1;
            }
        });
        Self { environment, reloads, tasks: [worker, master] }
    }
}

impl Drop for Haproxy {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

fn keeper(directory: &TempDir) -> KeyKeeper {
    let [socket, master] = ["haproxy.sock", "master.sock"].map(|it| directory.path().join(it));
    KeyKeeper { files: KeyFiles { directory: directory.path().to_owned() }, socket, master }
}

#[tokio::test]
async fn haproxy_is_reloaded_for_other_keys_and_for_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = keeper(&directory);
    let first = key_set(1, &['a']);
    let away = keeper.once(&first).await.unwrap_err();
    assert!(matches!(away, SyncError::Unreachable { .. }), "{away}");
    let haproxy = Haproxy::start(directory.path());
    for (keys, reloads) in [
        (&first, 0),
        (&key_set(2, &['a', 'b']), 1),
        (&key_set(9, &['a', 'b']), 1),
        (&key_set(9, &['b']), 2),
    ] {
        keeper.once(keys).await.unwrap();
        assert_eq!(*haproxy.reloads.lock(), reloads);
        assert_eq!(KeySet::ids_in(&haproxy.environment.lock()), Some(keys.ids()));
    }
    let old = directory.path().join(format!("token-key-{}.pem", "a".repeat(43)));
    assert!(!old.exists(), "nobody needs it any more");
}

#[tokio::test]
async fn a_haproxy_that_was_told_of_no_keys_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let haproxy = Haproxy::start(directory.path());
    let refused = keeper(&directory).once(&key_set(1, &['a'])).await.unwrap_err();
    assert!(refused.to_string().contains("keys.cfg"), "{refused}");
    assert_eq!(*haproxy.reloads.lock(), 0);
}

#[tokio::test]
async fn a_master_that_is_not_there_is_missed() {
    let directory = tempfile::tempdir().unwrap();
    let keeper = keeper(&directory);
    keeper.files.keep(&key_set(1, &['a'])).unwrap();
    let _haproxy = Haproxy::start(directory.path());
    fs::remove_file(&keeper.master).unwrap();
    let refused = keeper.once(&key_set(2, &['b'])).await.unwrap_err();
    assert!(refused.to_string().contains("-S"), "{refused}");
}
