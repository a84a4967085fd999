//! The one-object file, `{"key": "value"}`, that a node writes of what it holds where it is told
//! to: for who reads such a file today. It is no part of how the node keeps its data.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use ringway_client::to_plain;
use ringway_replica::{Records, Wall};
use ringway_ring::{Key, NodeId, View};
use tokio::time::sleep;

use crate::node::Node;
use crate::store::Store;

/// How often it is written where every write is on the disk at once anyway.
const INTERVAL: Duration = Duration::from_mins(1);
/// How many keys are looked up at a time.
const PAGE_KEYS: usize = 1000;

/// Where a node writes what it holds, and how often.
#[derive(Clone, Debug)]
pub(crate) struct DataFile {
    path: PathBuf,
    interval: Duration,
    /// One is written at a time.
    writing: Arc<Mutex<()>>,
}

/// What is written: the live values of the partitions that `holder` holds.
struct Snapshot<'n> {
    store: &'n Store,
    view: &'n View,
    holder: &'n NodeId,
    wall: Wall,
}

impl DataFile {
    /// At `path`, in which `{id}` stands for `node`, every `interval_seconds`; every minute where
    /// that is 0.
    pub(crate) fn new(path: &str, node: &NodeId, interval_seconds: u32) -> Self {
        let path = PathBuf::from(path.replace("{id}", node.as_str()));
        let interval = match interval_seconds {
            0 => INTERVAL,
            _ => Duration::from_secs(interval_seconds.into()),
        };
        Self { path, interval, writing: Arc::new(Mutex::new(())) }
    }

    /// Where it is written.
    pub(crate) fn directory(&self) -> &Path {
        let parent = self.path.parent().filter(|parent| !parent.as_os_str().is_empty());
        parent.unwrap_or(Path::new("."))
    }

    /// Writes it again and again, for ever.
    pub(crate) async fn keep(self, node: Arc<Node>) {
        loop {
            sleep(self.interval).await;
            let (file, node) = (self.clone(), Arc::clone(&node));
            // It logs what goes wrong, and there is nobody else to tell.
            let _ = tokio::task::spawn_blocking(move || file.write(&node)).await;
        }
    }

    /// Writes it now. Blocks. Where it can't be written it stays as it was, and that is logged:
    /// no client's request depends on it.
    pub(crate) fn write(&self, node: &Node) {
        let _one_at_a_time = self.writing.lock();
        let view = &node.views.present().view;
        let wall = node.replication.wall();
        let snapshot = Snapshot { store: &node.store, view, holder: &node.id, wall };
        let path = self.path.display();
        match self.replace(&snapshot) {
            Ok(keys) => tracing::debug!(%path, keys, "the data file is written"),
            Err(error) => tracing::warn!(%path, %error, "the data file is not written"),
        }
    }

    fn replace(&self, snapshot: &Snapshot<'_>) -> io::Result<u64> {
        // The same name each time: a crash leaves one, and the next takes it.
        let name = format!(".{}.data-file", snapshot.holder);
        let temporary = self.directory().join(name);
        let written = snapshot.write_to(&temporary);
        let replaced = written.and_then(|keys| {
            fs::rename(&temporary, &self.path)?;
            File::open(self.directory())?.sync_all()?;
            Ok(keys)
        });
        if replaced.is_err() {
            // There may be none.
            let _ = fs::remove_file(&temporary);
        }
        replaced
    }
}

impl Snapshot<'_> {
    fn write_to(&self, path: &Path) -> io::Result<u64> {
        let mut file = BufWriter::new(File::create(path)?);
        let keys = self.write_object(&mut file)?;
        file.flush()?;
        file.get_ref().sync_all()?;
        Ok(keys)
    }

    fn write_object(&self, file: &mut impl Write) -> io::Result<u64> {
        let (mut keys, mut after) = (0, String::new());
        file.write_all(b"{")?;
        loop {
            let page = self.store.list("", &after, PAGE_KEYS).map_err(io::Error::other)?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.key);
            let values = page.iter().filter(|stored| stored.value.is_some());
            for key in values.filter_map(|stored| Key::new(&*stored.key).ok()) {
                let Some(value) = self.value_of(&key) else { continue };
                file.write_all(if keys == 0 { b"\n" } else { b",\n" })?;
                serde_json::to_writer(&mut *file, key.as_str())?;
                file.write_all(b": ")?;
                serde_json::to_writer(&mut *file, &value)?;
                keys += 1;
            }
        }
        file.write_all(b"\n}\n")?;
        // What was read of a store that has failed may be less than there is.
        if self.store.has_failed() {
            return Err(io::Error::other("what the node keeps can't be read"));
        }
        Ok(keys)
    }

    /// The value of `key`, if there is one and this node is to hold it.
    fn value_of(&self, key: &Key<'_>) -> Option<String> {
        let partition = self.view.partition(key.position());
        self.view.preference_list(partition).find(|node| node.id == *self.holder)?;
        let record = self.store.get(partition, key)?;
        record.live(self.wall).map(|value| to_plain(&value.bytes))
    }
}
