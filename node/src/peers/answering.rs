//! Being asked.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::link::Link;
use super::send_queue::Dropped;
use super::{AskId, AskRefused, PeerLimits, PeerMessage, Peers, Reply};

/// A peer's question that is at work here. It may be answered from any task, at any time;
/// dropped without an answer it tells the asker that this node can't.
pub struct Answering {
    peers: Arc<Peers>,
    link: Arc<Link>,
    id: AskId,
    is_answered: bool,
    _place: AskPlace,
}

impl Answering {
    pub(super) fn new(peers: Arc<Peers>, link: Arc<Link>, id: AskId, place: AskPlace) -> Self {
        Self { peers, link, id, is_answered: false, _place: place }
    }

    /// Tells the asker `answer`, if it can still be reached. Never waits.
    pub fn answer(mut self, answer: Result<Reply, AskRefused>) {
        self.tell(answer);
    }

    fn tell(&mut self, answer: Result<Reply, AskRefused>) {
        self.is_answered = true;
        tell(&self.peers, &self.link, self.id, answer);
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        if !self.is_answered {
            self.tell(Err(AskRefused::Failed));
        }
    }
}

/// Answers the question `id` of `link`'s peer.
pub(super) fn tell(peers: &Peers, link: &Link, id: AskId, answer: Result<Reply, AskRefused>) {
    let told = peers.push(link, PeerMessage::Reply { id, answer });
    if told == Err(Dropped::TooLong) {
        let _ = peers.push(link, PeerMessage::Reply { id, answer: Err(AskRefused::TooLong) });
    }
}

/// Places for the questions of one peer.
pub(super) struct AskPlaces {
    number: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
}

/// Kept while a question is at work.
pub(super) struct AskPlace {
    _number: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
}

impl AskPlaces {
    pub(super) fn new(limits: &PeerLimits) -> Self {
        let semaphore = |permits: usize| Arc::new(Semaphore::new(permits));
        Self { number: semaphore(limits.asked_max), bytes: semaphore(limits.asked_bytes_max) }
    }

    /// A place for a question of `bytes` bytes, if there is one.
    pub(super) fn take(&self, bytes: usize) -> Option<AskPlace> {
        let bytes = u32::try_from(bytes).ok()?;
        let number = Arc::clone(&self.number).try_acquire_owned().ok()?;
        let bytes = Arc::clone(&self.bytes).try_acquire_many_owned(bytes).ok()?;
        Some(AskPlace { _number: number, _bytes: bytes })
    }
}
