//! What consensus keeps, beside the records and by the same commits.

use std::sync::Arc;
#[cfg(test)]
use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;
use tokio::sync::oneshot;
#[cfg(test)]
use tokio::{sync::mpsc::unbounded_channel, task::JoinHandle, time::sleep};

#[cfg(test)]
use super::engine::{Change, Persist};
use super::engine::{Engine, EngineError, Entry, Table};

/// Entries of the table to write, or to remove where there is no value.
pub(crate) type ConsensusChanges = Vec<(Vec<u8>, Option<Vec<u8>>)>;

/// A write that waits for its commit.
pub(crate) struct ConsensusWrite {
    pub(crate) changes: ConsensusChanges,
    /// Called once the disk has it; dropped where it never will be known to.
    pub(crate) done: Box<dyn FnOnce() + Send>,
}

impl ConsensusWrite {
    /// How much it adds to a commit.
    pub(super) fn bytes(&self) -> usize {
        let bytes = |(key, value): &(Vec<u8>, Option<Vec<u8>>)| {
            key.len() + value.as_ref().map_or(0, Vec::len)
        };
        self.changes.iter().map(bytes).sum()
    }
}

/// An ordered table of the store, whose every write is durable before it is told,
/// whatever the operator said of other writes. Writes are made in the order of the calls.
#[derive(Clone)]
pub(crate) struct ConsensusTable {
    engine: Arc<dyn Engine>,
    submit: Arc<dyn Fn(ConsensusWrite) + Send + Sync>,
}

impl ConsensusTable {
    pub(crate) fn new(
        engine: Arc<dyn Engine>,
        submit: Arc<dyn Fn(ConsensusWrite) + Send + Sync>,
    ) -> Self {
        Self { engine, submit }
    }

    /// What `key` holds. Blocks for a read.
    ///
    /// # Errors
    /// When the disk fails.
    pub(crate) fn get(&self, key: &[u8]) -> Result<Option<Bytes>, EngineError> {
        self.engine.get(Table::Consensus, key)
    }

    /// The entries whose keys begin with `prefix`, in order. Blocks for reads.
    pub(crate) fn scan(&self, prefix: &[u8]) -> impl Iterator<Item = Result<Entry, EngineError>> {
        self.engine.scan(Table::Consensus, prefix, &[])
    }

    /// Waits until all that was queued before is durable.
    ///
    /// # Errors
    /// When the store has failed.
    pub(crate) fn settle(&self) -> impl Future<Output = Result<(), StoreEnded>> + use<> {
        self.commit(Vec::new())
    }

    /// Queues a write, after all those before it; never blocks. `done` is called when it is
    /// durable, and dropped if the store has failed.
    pub(crate) fn submit(&self, changes: ConsensusChanges, done: impl FnOnce() + Send + 'static) {
        (self.submit)(ConsensusWrite { changes, done: Box::new(done) });
    }

    /// Writes, and waits until it is durable.
    ///
    /// # Errors
    /// When the store has failed.
    pub(crate) fn commit(
        &self,
        changes: ConsensusChanges,
    ) -> impl Future<Output = Result<(), StoreEnded>> + use<> {
        let (tell, told) = oneshot::channel();
        self.submit(changes, move || {
            // Who waited may be gone.
            let _ = tell.send(());
        });
        async move { told.await.map_err(|_| StoreEnded) }
    }
}

#[cfg(test)]
impl ConsensusTable {
    /// One in memory, where everything is durable at once. A clone of it is the same disk.
    pub(crate) fn in_memory() -> Self {
        let engine = Arc::new(super::memory_engine::MemoryEngine::default());
        let disk = Arc::clone(&engine);
        let submit = move |ConsensusWrite { changes, done }| {
            let change = |(key, value)| Change { table: Table::Consensus, key, value };
            let changes = Vec::into_iter(changes).map(change).collect();
            disk.commit(changes, Persist::Disk).expect("memory does not fail");
            done();
        };
        Self::new(engine, Arc::new(submit))
    }

    /// The same disk, which takes writes one after the other and `pause` for each, as long as the
    /// task runs. Those that it has not taken when the task is aborted are lost.
    pub(crate) fn slowed(&self, pause: Duration) -> (Self, JoinHandle<()>) {
        let (queue, mut queued) = unbounded_channel();
        let disk = self.clone();
        let task = tokio::spawn(async move {
            while let Some(write) = queued.recv().await {
                sleep(pause).await;
                (disk.submit)(write);
            }
        });
        // Who writes when the task has ended hears of it by `done`, which is dropped.
        let submit = move |write| drop(queue.send(write));
        (Self::new(Arc::clone(&self.engine), Arc::new(submit)), task)
    }
}

/// The store ended before the write was known to be durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the store has ended; whether the last writes are made is not known")]
pub(crate) struct StoreEnded;
