//! A request's body, bounded in length, time and memory.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};
use warp::Stream;

use crate::limits::BODY_BYTES_PER_SECOND;
use crate::refusal::Refusal;

/// What is read of a body that is refused, so that its sender sees the answer and not a
/// reset connection. A sender of more has had its time.
const DRAIN_BYTES_MAX: u64 = 64 << 20;
const DRAIN_TIME_MAX: Duration = Duration::from_secs(10);

/// A body in memory, counted against the node's budget while it lives.
#[derive(Debug)]
pub(crate) struct ReadBody {
    /// Its bytes.
    pub bytes: Bytes,
    /// What it takes of the budget.
    _permit: OwnedSemaphorePermit,
}

impl ReadBody {
    /// Its bytes, counted until the last copy of them is gone: what a client no longer waits
    /// for may still be on its way to a disk or another node.
    pub(crate) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for ReadBody {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What the head says of the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyHead {
    /// `Content-Length`; nothing where the body is chunked.
    pub declared: Option<u64>,
    /// `Expect: 100-continue`: the client sends the body only once it is asked for it.
    pub is_held_back: bool,
}

type Chunks = Pin<Box<dyn PollChunk + Send>>;

/// A body that is being read. Dropped before its end, it is read on for a while and thrown
/// away while the answer is sent. Without that the connection would be reset under a client
/// that is still sending, and the client might never see the answer.
pub(crate) struct IncomingBody {
    head: BodyHead,
    /// Nothing where no more comes.
    chunks: Option<Chunks>,
}

impl IncomingBody {
    /// The body that `chunks` bring.
    pub(crate) fn new<B: Buf>(
        head: BodyHead,
        chunks: impl Stream<Item = Result<B, warp::Error>> + Send + 'static,
    ) -> Self {
        Self { head, chunks: Some(Box::pin(chunks)) }
    }

    /// Reads it whole.
    ///
    /// # Errors
    /// When it is longer than `limit`, breaks off, stalls for `patience`, takes longer than
    /// `time_max` and what its length allows, or there is no memory left for it.
    pub(crate) async fn read(
        mut self,
        limit: u64,
        patience: Duration,
        time_max: Duration,
        budget: &Arc<Semaphore>,
    ) -> Result<ReadBody, Refusal> {
        let read = self.collect(limit, patience, time_max, budget).await;
        if !matches!(read, Err(Refusal::TooLarge { .. } | Refusal::Overloaded { .. })) {
            self.chunks = None;
        }
        read
    }

    async fn collect(
        &mut self,
        limit: u64,
        patience: Duration,
        time_max: Duration,
        budget: &Arc<Semaphore>,
    ) -> Result<ReadBody, Refusal> {
        let started = Instant::now();
        let too_large = Refusal::TooLarge { limit, must_close: self.head.is_held_back };
        let declared = self.head.declared.unwrap_or_default();
        if declared > limit {
            return Err(too_large);
        }
        let mut permit = reserve(budget, declared)?;
        let mut reserved = declared;
        let mut body = BytesMut::new();
        loop {
            let allowed = time_max + time_of(body.len());
            let left = allowed.saturating_sub(started.elapsed());
            let chunk = match timeout(patience.min(left), self.next()).await {
                Err(_elapsed) => return Err(Refusal::BodyTimeout),
                Ok(Some(Err(_broken))) => return Err(Refusal::BodyIncomplete),
                Ok(Some(Ok(chunk))) => chunk,
                // Of a connection that is gone it can't be told from one that was complete.
                Ok(None) if self.head.declared.is_some_and(|all| all != body.len() as u64) => {
                    return Err(Refusal::BodyIncomplete);
                }
                Ok(None) => return Ok(ReadBody { bytes: body.freeze(), _permit: permit }),
            };
            let length = (body.len() + chunk.len()) as u64;
            if length > limit {
                // It is on its way already.
                return Err(Refusal::TooLarge { limit, must_close: false });
            }
            if length > reserved {
                permit.merge(reserve(budget, length - reserved)?);
                reserved = length;
            }
            if body.is_empty() && self.head.declared == Some(length) {
                // All in one chunk: nothing to put together.
                return Ok(ReadBody { bytes: chunk, _permit: permit });
            }
            if body.is_empty() {
                body.reserve(usize::try_from(reserved).unwrap_or_default());
            }
            body.extend_from_slice(&chunk);
        }
    }

    async fn next(&mut self) -> Option<Result<Bytes, warp::Error>> {
        next(self.chunks.as_mut()?).await
    }
}

impl Drop for IncomingBody {
    fn drop(&mut self) {
        // A client that holds the body back, or has none, sends nothing.
        let sends = !self.head.is_held_back && self.head.declared != Some(0);
        let Some(mut chunks) = self.chunks.take().filter(|_| sends) else { return };
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(timeout(DRAIN_TIME_MAX, async move {
            let mut left = DRAIN_BYTES_MAX;
            while let (Some(Ok(chunk)), 1..) = (next(&mut chunks).await, left) {
                left = left.saturating_sub(chunk.len() as u64);
            }
        }));
    }
}

/// What so many bytes may take.
fn time_of(bytes: usize) -> Duration {
    let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
    Duration::from_secs(1) * bytes / BODY_BYTES_PER_SECOND
}

fn reserve(budget: &Arc<Semaphore>, bytes: u64) -> Result<OwnedSemaphorePermit, Refusal> {
    let permits = u32::try_from(bytes).unwrap_or(u32::MAX);
    Arc::clone(budget)
        .try_acquire_many_owned(permits)
        .map_err(|_| Refusal::Overloaded { what: "too many large values are under way" })
}

async fn next(chunks: &mut Chunks) -> Option<Result<Bytes, warp::Error>> {
    std::future::poll_fn(|context| chunks.as_mut().poll_chunk(context)).await
}

/// A stream of any kind of chunk, as [`Bytes`]. Warp's chunks are that already, behind an
/// opaque type, so nothing is copied.
trait PollChunk {
    fn poll_chunk(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, warp::Error>>>;
}

impl<B: Buf, S: Stream<Item = Result<B, warp::Error>>> PollChunk for S {
    fn poll_chunk(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, warp::Error>>> {
        let next = self.poll_next(context);
        next.map(|item| item.map(|chunk| chunk.map(|mut buf| buf.copy_to_bytes(buf.remaining()))))
    }
}

#[cfg(test)]
mod body_test;
