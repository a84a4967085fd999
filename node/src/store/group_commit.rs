//! One commit and one fsync for all stores that wait.
//!
//! An fsync takes as long for one store as for a thousand. So one thread owns writing:
//! it takes all that waits in the queue, makes it one commit, and only then answers.
//! What arrives meanwhile waits for the next. One client gets the latency of one fsync;
//! many share it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use ringway_replica::Write;
use tokio::sync::mpsc::UnboundedSender;

use super::blobs::{BlobDraft, Blobs};
use super::completed::{Completed, StoreName};
use super::consensus_table::ConsensusWrite;
use super::engine::{Engine, Persist};
use super::failure::Failure;
use super::staged::Staged;
use super::totals::Totals;
use super::{Durability, StoreError, StoreMetrics};

/// What one commit takes at most, so that the first of it doesn't wait for too many
/// others to be written.
const BATCH_STORES_MAX: usize = 1024;
const BATCH_BYTES_MAX: usize = 8 << 20;

/// How long a commit waits for others to join it, if the last was shared: a part of what that
/// one's fsync took. It costs them less than that, and saves all of them fsyncs: half is what
/// PostgreSQL's documentation advises for `commit_delay`. A client that is alone never waits.
const LULL_OF_FSYNC: f64 = 0.5;
/// A disk that is slow makes commits large by itself.
const LULL_MAX: Duration = Duration::from_millis(1);

/// A store that waits.
struct Waiting {
    name: StoreName,
    writes: Vec<Write>,
}

enum Message {
    Store(Waiting),
    Consensus(ConsensusWrite),
    Close,
}

/// How the writer thread ended.
type Ended = Result<(), Arc<StoreError>>;

/// The writer thread, seen from outside.
pub(super) struct GroupCommit {
    /// Without a bound of its own: a replica has a bounded number of stores under way, and
    /// one that was dropped here could not be told from one that was made.
    queue: Sender<Message>,
    thread: Mutex<Option<JoinHandle<Ended>>>,
}

/// What the writer thread works on.
pub(super) struct Writer {
    pub(super) engine: Arc<dyn Engine>,
    pub(super) blobs: Arc<Blobs>,
    pub(super) durability: Durability,
    pub(super) totals: Totals,
    pub(super) metrics: StoreMetrics,
    pub(super) failure: Arc<Failure>,
    /// Where the outcomes go, one message a commit.
    pub(super) completed: UnboundedSender<Vec<Completed>>,
}

impl GroupCommit {
    pub(super) fn start(writer: Writer) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel();
        writer.metrics.stored(writer.totals);
        let failure = Arc::clone(&writer.failure);
        let running = Running {
            writer,
            unneeded_blobs: Vec::new(),
            lull: Duration::ZERO,
            unsynced_since: None,
        };
        let run = move || {
            let ended = catch_unwind(AssertUnwindSafe(|| running.run(&waiting)));
            match ended {
                Ok(ended) => ended.map_err(|error| failure.set(error)),
                Err(panic) => {
                    failure.set(StoreError::Stopped);
                    resume_unwind(panic)
                }
            }
        };
        let thread = thread::Builder::new().name("group-commit".into()).spawn(run)?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)) })
    }

    /// Queues a store. Once the thread has ended it is dropped: the store has failed then, or
    /// was closed.
    pub(super) fn submit(&self, name: StoreName, writes: Vec<Write>) {
        let _ = self.queue.send(Message::Store(Waiting { name, writes }));
    }

    /// Queues what consensus writes, as a store is queued.
    pub(super) fn consensus(&self) -> impl Fn(ConsensusWrite) + Send + Sync + use<> {
        let queue = self.queue.clone();
        move |write| {
            let _ = queue.send(Message::Consensus(write));
        }
    }

    /// Finishes what waits, brings everything to the disk, and ends the thread. Blocks.
    pub(super) fn close(&self) -> Ended {
        // It fails only where the thread has ended already.
        let _ = self.queue.send(Message::Close);
        match self.thread.lock().take() {
            Some(thread) => thread.join().unwrap_or_else(|panic| resume_unwind(panic)),
            None => Ok(()),
        }
    }
}

struct Running {
    writer: Writer,
    /// Files that no record points to, once the disk has the latest commit.
    unneeded_blobs: Vec<u64>,
    /// How long the next commit waits for others.
    lull: Duration,
    /// When the oldest commit was made that the disk may not have.
    unsynced_since: Option<Instant>,
}

/// What the queue held.
struct Gathered {
    batch: Vec<Waiting>,
    consensus: Vec<ConsensusWrite>,
    is_closing: bool,
}

impl Running {
    fn run(mut self, queue: &Receiver<Message>) -> Result<(), StoreError> {
        loop {
            let gathered = self.gather(queue);
            if !gathered.batch.is_empty() || !gathered.consensus.is_empty() {
                self.commit(gathered.batch, gathered.consensus)?;
            }
            if gathered.is_closing || self.time_to_sync().is_some_and(|left| left.is_zero()) {
                self.sync()?;
            }
            if gathered.is_closing {
                return Ok(());
            }
        }
    }

    /// How long the oldest unsynced commit may stay so.
    fn time_to_sync(&self) -> Option<Duration> {
        match (self.writer.durability, self.unsynced_since) {
            (Durability::Interval(interval), Some(since)) => {
                Some(interval.saturating_sub(since.elapsed()))
            }
            _ => None,
        }
    }

    /// Waits for a store, or until it is time to sync, and takes all that wait with it.
    fn gather(&self, queue: &Receiver<Message>) -> Gathered {
        let first = match self.time_to_sync() {
            None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(left) => queue.recv_timeout(left),
        };
        self.wait_for_others();
        let mut gathered = Gathered { batch: Vec::new(), consensus: Vec::new(), is_closing: false };
        let mut bytes = 0;
        let mut next = first;
        loop {
            match next {
                Ok(Message::Store(waiting)) => {
                    bytes += waiting.bytes();
                    gathered.batch.push(waiting);
                }
                Ok(Message::Consensus(write)) => {
                    bytes += write.bytes();
                    gathered.consensus.push(write);
                }
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => {
                    gathered.is_closing = true;
                    return gathered;
                }
                Err(RecvTimeoutError::Timeout) => return gathered,
            }
            let stores = gathered.batch.len() + gathered.consensus.len();
            if stores >= BATCH_STORES_MAX || bytes >= BATCH_BYTES_MAX {
                return gathered;
            }
            next = queue.try_recv().map_err(|error| match error {
                TryRecvError::Empty => RecvTimeoutError::Timeout,
                TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            });
        }
    }

    #[expect(clippy::disallowed_methods, reason = "each that it waits for would wake it")]
    fn wait_for_others(&self) {
        if !self.lull.is_zero() {
            thread::sleep(self.lull);
        }
    }

    fn commit(
        &mut self,
        batch: Vec<Waiting>,
        consensus: Vec<ConsensusWrite>,
    ) -> Result<(), StoreError> {
        self.writer.metrics.batch(batch.len());
        let is_shared = batch.len() > 1;
        let mut staged = Staged::new(self.writer.totals);
        let mut completed = Vec::with_capacity(batch.len());
        for Waiting { name, writes } in batch {
            let stored = staged.stage(&*self.writer.engine, &self.writer.blobs, writes)?;
            completed.push(Completed { name, stored });
        }
        let consensus: Vec<_> = consensus.into_iter().map(|write| staged.add(write)).collect();
        let fsync = self.make_durable(staged)?;
        let lull = fsync.filter(|_| is_shared).map(|took| took.mul_f64(LULL_OF_FSYNC));
        self.lull = lull.unwrap_or_default().min(LULL_MAX);
        for done in consensus {
            done();
        }
        // Nobody may listen any more; the stores stand.
        let _ = self.writer.completed.send(completed);
        Ok(())
    }

    /// Commits it; how long the fsync took, if there was one.
    fn make_durable(&mut self, staged: Staged) -> Result<Option<Duration>, StoreError> {
        let persist = self.persist(&staged);
        let staged = staged.finish();
        if staged.changes.is_empty() {
            return Ok(None);
        }
        // A record may point to them from here on, even where the commit fails.
        staged.drafts.into_iter().for_each(BlobDraft::keep);
        let started = Instant::now();
        self.writer.engine.commit(staged.changes, persist).map_err(StoreError::Commit)?;
        self.writer.totals = staged.totals;
        self.writer.metrics.stored(staged.totals);
        self.unneeded_blobs.extend(staged.unneeded_blobs);
        match persist {
            Persist::Disk => Ok(Some(self.synced(started))),
            Persist::Process => {
                self.unsynced_since.get_or_insert(started);
                Ok(None)
            }
        }
    }

    /// What the operator says of writes doesn't hold for promises, to leaders and in
    /// consensus: a node that forgets one may let two lead at once, and that is worse than to
    /// lose what was written last. They are few, since a leader asks for one and then leads.
    fn persist(&self, staged: &Staged) -> Persist {
        match self.writer.durability {
            Durability::Interval(_) if !staged.must_be_durable() => Persist::Process,
            Durability::Interval(_) | Durability::Immediate => Persist::Disk,
        }
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        let started = Instant::now();
        self.writer.engine.sync().map_err(StoreError::Commit)?;
        self.synced(started);
        Ok(())
    }

    /// The disk has every commit, by an fsync that began at `started`; how long it took.
    fn synced(&mut self, started: Instant) -> Duration {
        let took = started.elapsed();
        self.writer.metrics.synced(took);
        self.unsynced_since = None;
        self.remove_unneeded_blobs();
        took
    }

    fn remove_unneeded_blobs(&mut self) {
        for id in self.unneeded_blobs.drain(..) {
            self.writer.blobs.remove(id);
        }
    }
}

impl Waiting {
    /// How much it adds to a commit.
    fn bytes(&self) -> usize {
        let bytes = |write: &Write| match write {
            Write::Record { record: Some(record), .. } => record.value_bytes(),
            Write::Record { record: None, .. } | Write::State { .. } => 0,
        };
        self.writes.iter().map(bytes).sum()
    }
}

#[cfg(test)]
mod group_commit_test;
