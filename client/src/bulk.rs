//! Many values at once: so many at a time, each by itself, until one shows that it is no use to
//! go on.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ringway_ring::Key;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::api::{Api, NewValue};
use crate::client_error::ClientError;
use crate::progress::Progress;
use crate::tally::{Fate, Tally};

/// How often something is asked for that the cluster can't do at present, and certainly did not.
const ATTEMPTS: u32 = 6;
/// What nodes ask for between two attempts, by `Retry-After`.
const PAUSE: Duration = Duration::from_secs(1);
/// What all values that are under way may have together.
const MEMORY_KIB: u32 = 256 << 10;

/// The flag of what works on many values.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Parallel {
    /// How many values are under way at a time.
    #[arg(long, default_value_t = 8, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    parallel: u16,
}

impl Parallel {
    pub(crate) fn get(self) -> usize {
        self.parallel.into()
    }
}

/// Many values at once.
pub(crate) struct Bulk {
    parallel: usize,
    memory: Arc<Semaphore>,
    progress: Progress,
    running: JoinSet<Ended>,
    tally: Tally,
}

/// How it went with one value.
struct Ended {
    /// Which, as people call it.
    name: String,
    bytes: u64,
    result: Result<Fate, ClientError>,
}

impl Bulk {
    pub(crate) fn new(parallel: Parallel, progress: Progress) -> Self {
        let memory = Arc::new(Semaphore::new(MEMORY_KIB as usize));
        let tally = Tally::default();
        Self { parallel: parallel.get(), memory, progress, running: JoinSet::new(), tally }
    }

    /// Begins `work` with the value called `name`, which has so many bytes, as soon as there is
    /// room for it.
    ///
    /// # Errors
    /// When something that was begun before shows that it is no use to go on.
    pub(crate) async fn begin(
        &mut self,
        name: String,
        bytes: u64,
        work: impl Future<Output = Result<Fate, ClientError>> + Send + 'static,
    ) -> Result<(), ClientError> {
        while self.running.len() >= self.parallel {
            self.one_ended().await?;
        }
        let memory = self.memory(bytes).await?;
        self.running.spawn(async move {
            let result = work.await;
            drop(memory);
            Ended { name, bytes, result }
        });
        Ok(())
    }

    /// Room for `bytes`, or all that there is.
    async fn memory(&mut self, bytes: u64) -> Result<OwnedSemaphorePermit, ClientError> {
        let kib = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX).min(MEMORY_KIB);
        loop {
            if let Ok(memory) = Arc::clone(&self.memory).try_acquire_many_owned(kib) {
                return Ok(memory);
            }
            self.one_ended().await?;
        }
    }

    /// Notes what can't even be begun.
    pub(crate) fn failed(&mut self, name: &str, error: &ClientError) {
        self.progress.line(&format!("ringway: {name}: {error}"));
        self.tally.failed += 1;
    }

    /// Notes what need not be begun.
    pub(crate) fn passed(&mut self, bytes: u64) {
        self.tally.passed += 1;
        self.progress.advance(bytes);
    }

    /// Waits for what was begun, and tells what came of all of it.
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub(crate) async fn finish(mut self) -> Result<Tally, ClientError> {
        while !self.running.is_empty() {
            self.one_ended().await?;
        }
        Ok(self.tally)
    }

    async fn one_ended(&mut self) -> Result<(), ClientError> {
        // None runs, or one was given up: only where all are.
        let Some(Ok(ended)) = self.running.join_next().await else { return Ok(()) };
        let Ended { name, bytes, result } = ended;
        match result {
            Ok(fate) => {
                self.tally.count(fate, bytes);
                self.progress.advance(bytes);
            }
            Err(error) if error.ends_all() => {
                let (source, done) = (Box::new(error), self.tally.done + self.tally.passed);
                return Err(ClientError::Stopped { source, done });
            }
            Err(error) => self.failed(&name, &error),
        }
        Ok(())
    }
}

/// Does `work` until the cluster can, at most some seconds long. What may have been done is
/// never done again.
pub(crate) async fn patiently<T, F>(work: impl Fn() -> F) -> Result<T, ClientError>
where
    F: Future<Output = Result<T, ClientError>>,
{
    let mut attempt = 1;
    loop {
        match work().await {
            Err(ClientError::Unavailable { .. }) if attempt < ATTEMPTS => {
                attempt += 1;
                sleep(PAUSE).await;
            }
            result => return result,
        }
    }
}

/// Stores `value`, patiently; where its condition doesn't hold somebody's is left alone.
pub(crate) async fn stored(
    api: Api,
    key: Key<'static>,
    value: NewValue,
) -> Result<Fate, ClientError> {
    match patiently(|| api.put(&key, value.clone())).await {
        Ok(_) => Ok(Fate::Done),
        Err(ClientError::ConditionFailed { .. }) => Ok(Fate::Passed),
        Err(error) => Err(error),
    }
}

/// What came of `work`, unless the user ends it: then it is dropped where it stands.
pub(crate) async fn unless_interrupted<T>(
    work: impl Future<Output = Result<T, ClientError>>,
) -> Result<T, ClientError> {
    tokio::select! {
        result = work => result,
        // Where signals can't be had the system ends the process by itself.
        Ok(()) = tokio::signal::ctrl_c() => Err(ClientError::Interrupted),
    }
}
