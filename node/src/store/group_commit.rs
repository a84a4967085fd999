//! One commit and one fsync for all writes that wait.
//!
//! An fsync takes as long for one write as for a thousand. So one thread owns writing:
//! it takes all that waits in the queue, makes it one commit, and only then answers.
//! What arrives meanwhile waits for the next. One client gets the latency of one fsync;
//! many share it.

use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::{oneshot, watch};

use super::blobs::Blobs;
use super::engine::{Engine, EngineError, Persist};
use super::staged::{Outcome, Staged, Write};
use super::{Durability, StoreMetrics, Totals};

/// Writes that may wait. Beyond it the store is overloaded.
const QUEUE_WRITES_MAX: usize = 4096;
/// What one commit takes at most, so that the first of it doesn't wait for too many
/// others to be written.
const BATCH_WRITES_MAX: usize = 1024;
const BATCH_BYTES_MAX: usize = 8 << 20;

/// A write that waits, and who waits for it.
struct Waiting {
    write: Write,
    reply: oneshot::Sender<Result<Outcome, Arc<EngineError>>>,
}

enum Message {
    Write(Waiting),
    Close,
}

/// How the writer thread ended.
type Ended = Result<(), Arc<EngineError>>;

/// The writer thread, seen from outside.
pub(super) struct GroupCommit {
    queue: SyncSender<Message>,
    thread: Mutex<Option<JoinHandle<Ended>>>,
    /// Why the thread stopped, if it had to.
    failure: watch::Receiver<Option<Arc<EngineError>>>,
}

/// Why a write was not taken. It will not happen.
pub(super) enum NotTaken {
    Full,
    Closed,
}

impl GroupCommit {
    pub(super) fn start(
        engine: Arc<dyn Engine>,
        blobs: Arc<Blobs>,
        durability: Durability,
        totals: Totals,
        metrics: StoreMetrics,
    ) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::sync_channel(QUEUE_WRITES_MAX);
        let (failed, failure) = watch::channel(None);
        metrics.stored(totals);
        let writer = Writer {
            engine,
            blobs,
            durability,
            totals,
            metrics,
            unneeded_blobs: Vec::new(),
            unsynced_since: None,
        };
        let run = move || {
            let ended = writer.run(&waiting);
            failed.send_replace(ended.clone().err());
            ended
        };
        let thread = thread::Builder::new().name("group-commit".into()).spawn(run)?;
        Ok(Self { queue, thread: Mutex::new(Some(thread)), failure })
    }

    /// Queues `write`. The receiver is answered once it is as durable as asked for; it
    /// is dropped unanswered where that is unknown because the thread stopped.
    pub(super) fn submit(
        &self,
        write: Write,
    ) -> Result<oneshot::Receiver<Result<Outcome, Arc<EngineError>>>, NotTaken> {
        let (reply, outcome) = oneshot::channel();
        match self.queue.try_send(Message::Write(Waiting { write, reply })) {
            Ok(()) => Ok(outcome),
            Err(TrySendError::Full(_)) => Err(NotTaken::Full),
            Err(TrySendError::Disconnected(_)) => Err(NotTaken::Closed),
        }
    }

    /// Tells when the thread had to stop.
    pub(super) fn failure(&self) -> watch::Receiver<Option<Arc<EngineError>>> {
        self.failure.clone()
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

struct Writer {
    engine: Arc<dyn Engine>,
    blobs: Arc<Blobs>,
    durability: Durability,
    totals: Totals,
    metrics: StoreMetrics,
    /// Files that no record points to, once the disk has the latest commit.
    unneeded_blobs: Vec<u64>,
    /// When the oldest commit was made that the disk may not have.
    unsynced_since: Option<Instant>,
}

/// What the queue held.
struct Gathered {
    batch: Vec<Waiting>,
    is_closing: bool,
}

impl Writer {
    fn run(mut self, queue: &Receiver<Message>) -> Result<(), Arc<EngineError>> {
        loop {
            let gathered = self.gather(queue);
            if !gathered.batch.is_empty() {
                self.commit(gathered.batch)?;
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
        match (self.durability, self.unsynced_since) {
            (Durability::Interval(interval), Some(since)) => {
                Some(interval.saturating_sub(since.elapsed()))
            }
            _ => None,
        }
    }

    /// Waits for a write, or until it is time to sync, and takes all that wait with it.
    fn gather(&self, queue: &Receiver<Message>) -> Gathered {
        let first = match self.time_to_sync() {
            None => queue.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(left) => queue.recv_timeout(left),
        };
        let mut gathered = Gathered { batch: Vec::new(), is_closing: false };
        let mut bytes = 0;
        let mut next = first;
        loop {
            match next {
                Ok(Message::Write(waiting)) => {
                    bytes += waiting.write.bytes();
                    gathered.batch.push(waiting);
                }
                Ok(Message::Close) | Err(RecvTimeoutError::Disconnected) => {
                    gathered.is_closing = true;
                    return gathered;
                }
                Err(RecvTimeoutError::Timeout) => return gathered,
            }
            if gathered.batch.len() >= BATCH_WRITES_MAX || bytes >= BATCH_BYTES_MAX {
                return gathered;
            }
            next = queue.try_recv().map_err(|error| match error {
                TryRecvError::Empty => RecvTimeoutError::Timeout,
                TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            });
        }
    }

    fn commit(&mut self, batch: Vec<Waiting>) -> Result<(), Arc<EngineError>> {
        self.metrics.batch(batch.len());
        let mut staged = Staged::new(self.totals);
        let mut replies = Vec::with_capacity(batch.len());
        let mut committed = Ok(());
        for Waiting { write, reply } in batch {
            if committed.is_ok() {
                match staged.stage(&*self.engine, write) {
                    Ok(outcome) => replies.push((reply, Some(outcome))),
                    Err(error) => {
                        committed = Err(Arc::new(error));
                        replies.push((reply, None));
                    }
                }
            } else {
                replies.push((reply, None));
            }
        }
        let committed = committed.and_then(|()| self.make_durable(staged).map_err(Arc::new));
        for (reply, outcome) in replies {
            // Nobody may wait any more; the write stands.
            let _ = reply.send(match (&committed, outcome) {
                (Ok(()), Some(outcome)) => Ok(outcome),
                (Err(error), _) => Err(Arc::clone(error)),
                (Ok(()), None) => unreachable!("a write that failed to stage fails the batch"),
            });
        }
        committed
    }

    fn make_durable(&mut self, staged: Staged) -> Result<(), EngineError> {
        let staged = staged.finish();
        let Some(changes) = staged.changes else { return Ok(()) };
        // A record may point to them from here on, even where the commit fails.
        staged.drafts.into_iter().for_each(super::BlobDraft::keep);
        let started = Instant::now();
        match self.durability {
            Durability::Immediate => {
                self.engine.commit(changes, Persist::Disk)?;
                self.metrics.synced(started.elapsed());
            }
            Durability::Interval(_) => {
                self.engine.commit(changes, Persist::Process)?;
                self.unsynced_since.get_or_insert(started);
            }
        }
        self.totals = staged.totals;
        self.metrics.stored(self.totals);
        self.unneeded_blobs.extend(staged.unneeded_blobs);
        if self.durability == Durability::Immediate {
            self.remove_unneeded_blobs();
        }
        Ok(())
    }

    fn sync(&mut self) -> Result<(), Arc<EngineError>> {
        let started = Instant::now();
        self.engine.sync().map_err(Arc::new)?;
        self.metrics.synced(started.elapsed());
        self.unsynced_since = None;
        self.remove_unneeded_blobs();
        Ok(())
    }

    fn remove_unneeded_blobs(&mut self) {
        for id in self.unneeded_blobs.drain(..) {
            self.blobs.remove(id);
        }
    }
}
