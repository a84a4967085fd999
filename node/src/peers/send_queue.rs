//! What waits to be sent to one peer.

use std::collections::VecDeque;
use std::mem;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::yield_now;

use super::encoding::encoded_bytes;
use super::{PeerLimits, PeerMessage};

/// Messages are taken until they have this many bytes: many small ones are one write, and a
/// large one waits for little.
const BATCH_BYTES: usize = 64 << 10;

/// Bounded in messages and bytes, and open only while there is a connection: what was meant
/// for an earlier one is not sent on the next, as the protocol has sent it again by then.
#[derive(Debug)]
pub(super) struct SendQueue {
    frame_bytes_max: usize,
    messages_max: usize,
    bytes_max: usize,
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct State {
    is_open: bool,
    waiting: VecDeque<Queued>,
    bytes: usize,
}

/// A message, and how long it will be.
#[derive(Debug)]
pub(super) struct Queued {
    pub(super) bytes: u32,
    pub(super) message: PeerMessage,
}

impl SendQueue {
    /// Closed.
    pub(super) fn new(limits: &PeerLimits) -> Self {
        Self {
            frame_bytes_max: limits.frame_bytes_max,
            messages_max: limits.queue_messages_max,
            bytes_max: limits.queue_bytes_max,
            state: Mutex::default(),
            filled: Notify::new(),
        }
    }

    /// Queues `message`, and wakes who sends unless it is at work already.
    pub(super) fn push(&self, message: PeerMessage) -> Result<(), Dropped> {
        let bytes = encoded_bytes(&message).unwrap_or(usize::MAX);
        let counted = u32::try_from(bytes).ok().filter(|_| bytes <= self.frame_bytes_max);
        let queued = Queued { bytes: counted.ok_or(Dropped::TooLong)?, message };
        let mut state = self.state.lock();
        if !state.is_open {
            return Err(Dropped::NotConnected);
        }
        if state.waiting.len() >= self.messages_max || state.bytes + bytes > self.bytes_max {
            return Err(Dropped::QueueFull);
        }
        let was_empty = state.waiting.is_empty();
        state.bytes += bytes;
        state.waiting.push_back(queued);
        drop(state);
        if was_empty {
            self.filled.notify_one();
        }
        Ok(())
    }

    /// Waits until there is something, and moves the next of it to `batch`.
    ///
    /// Whoever is woken runs next, before the other tasks that are ready, and these may well
    /// have messages too. So it goes to the end of their line first: on a busy node that
    /// makes one write of many, on an idle one it costs nothing.
    pub(super) async fn next(&self, batch: &mut Vec<Queued>) {
        loop {
            self.take(batch);
            if !batch.is_empty() {
                return;
            }
            self.filled.notified().await;
            yield_now().await;
        }
    }

    fn take(&self, batch: &mut Vec<Queued>) {
        let mut state = self.state.lock();
        let mut taken = 0;
        while taken < BATCH_BYTES
            && let Some(queued) = state.waiting.pop_front()
        {
            taken += queued.bytes as usize;
            batch.push(queued);
        }
        state.bytes -= taken;
    }

    pub(super) fn is_open(&self) -> bool {
        self.state.lock().is_open
    }

    pub(super) fn open(&self) {
        self.state.lock().is_open = true;
    }

    /// Closes it, and says how many messages are dropped that waited.
    pub(super) fn close(&self) -> usize {
        // Freed after the lock.
        let closed = mem::take(&mut *self.state.lock());
        closed.waiting.len()
    }
}

/// Why a message was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dropped {
    /// There is no connection to the peer, or no such peer.
    NotConnected,
    /// The connection ended while it waited.
    Disconnected,
    /// Too much waits for the peer.
    QueueFull,
    /// It is longer than a message may be.
    TooLong,
}

impl Dropped {
    pub(super) const ALL: [Self; 4] =
        [Self::NotConnected, Self::Disconnected, Self::QueueFull, Self::TooLong];

    /// As it stands in metrics.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::NotConnected => "not_connected",
            Self::Disconnected => "disconnected",
            Self::QueueFull => "queue_full",
            Self::TooLong => "too_long",
        }
    }
}

#[cfg(test)]
mod tests {
    use ringway_replica::Incarnation;

    use super::super::{AskId, AskRefused};
    use super::*;

    fn message(number: u64) -> PeerMessage {
        let id = AskId { start: Incarnation::new(1), number };
        PeerMessage::Reply { id, answer: Err(AskRefused::Busy) }
    }

    fn queue(messages_max: usize, bytes_max: usize) -> SendQueue {
        let limits = PeerLimits {
            queue_messages_max: messages_max,
            queue_bytes_max: bytes_max,
            ..PeerLimits::for_values(0)
        };
        SendQueue::new(&limits)
    }

    #[test]
    fn it_takes_nothing_while_closed_and_forgets_what_it_held() {
        let queue = queue(10, 100);
        assert_eq!(queue.push(message(1)), Err(Dropped::NotConnected));
        queue.open();
        assert_eq!(queue.push(message(2)), Ok(()));
        assert_eq!(queue.close(), 1);
        queue.open();
        let mut batch = Vec::new();
        queue.take(&mut batch);
        assert!(batch.is_empty());
    }

    #[test]
    fn it_is_bounded_in_messages_and_in_bytes() {
        let few = queue(2, 100);
        few.open();
        assert_eq!(
            [1, 2, 3].map(|id| few.push(message(id))),
            [Ok(()), Ok(()), Err(Dropped::QueueFull)]
        );
        // Each has five bytes.
        let short = queue(10, 14);
        short.open();
        assert_eq!(
            [1, 2, 3].map(|id| short.push(message(id))),
            [Ok(()), Ok(()), Err(Dropped::QueueFull)]
        );
        let mut batch = Vec::new();
        short.take(&mut batch);
        assert_eq!(batch.len(), 2);
        assert_eq!(short.push(message(3)), Ok(()), "what was taken makes room");
    }
}
