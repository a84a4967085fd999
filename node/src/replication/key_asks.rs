//! Asking another node for a page of the keys that it holds, and being asked.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use ringway_replica::NodeNumber;
use ringway_ring::Epoch;
use thiserror::Error;
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;

use super::Replication;
use crate::listing::KeySource;
use crate::peers::{KeyHead, KeysPage, KeysQuery, PeerKey, PeerMessage};
use crate::store::{Store, StoredKey};

/// How long another node may take for a page: far above what a scan costs, and below what a
/// read may take, so that a listing can say who did not answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Scans for other nodes at one time. Beyond: that node does without, and says so.
const SCANS_MAX: usize = 16;

/// The questions under way, in both directions.
pub(super) struct KeyAsks {
    epoch: Epoch,
    last: AtomicU64,
    asked: Mutex<BTreeMap<u64, Ask>>,
    scans: Arc<Semaphore>,
}

struct Ask {
    peer: NodeNumber,
    answer: oneshot::Sender<Option<KeysPage>>,
}

/// A question under way. Forgotten when it is dropped, answered or not.
struct Asked<'a> {
    id: u64,
    among: &'a Mutex<BTreeMap<u64, Ask>>,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        self.among.lock().remove(&self.id);
    }
}

impl KeyAsks {
    pub(super) fn new(epoch: Epoch) -> Self {
        Self {
            epoch,
            last: AtomicU64::new(0),
            asked: Mutex::default(),
            scans: Arc::new(Semaphore::new(SCANS_MAX)),
        }
    }

    /// `from` has answered.
    pub(super) fn answered(&self, from: NodeNumber, id: u64, keys: Option<KeysPage>) {
        let mut asked = self.asked.lock();
        if asked.get(&id).is_some_and(|ask| ask.peer == from)
            && let Some(ask) = asked.remove(&id)
        {
            // Whoever asked may be gone.
            let _ = ask.answer.send(keys);
        }
    }

    /// `peer` will not answer any more.
    pub(super) fn forget(&self, peer: NodeNumber) {
        self.asked.lock().retain(|_, ask| ask.peer != peer);
    }
}

impl KeySource for Replication {
    async fn keys_of(
        &self,
        holder: NodeNumber,
        query: KeysQuery,
    ) -> Result<KeysPage, AskKeysError> {
        if holder == self.me {
            let store = Arc::clone(&self.outside.store);
            let scan = move || keys_page(&store, &query);
            let page = tokio::task::spawn_blocking(scan).await;
            return page.ok().flatten().ok_or(AskKeysError::Refused);
        }
        if !self.reaches(holder) {
            return Err(AskKeysError::Unreachable);
        }
        let KeyAsks { epoch, last, asked, .. } = &self.key_asks;
        let id = last.fetch_add(1, Ordering::Relaxed);
        let (answer, answered) = oneshot::channel();
        asked.lock().insert(id, Ask { peer: holder, answer });
        let _asked = Asked { id, among: asked };
        self.outside.send(holder, PeerMessage::ListKeys { id, epoch: *epoch, query });
        match timeout(PATIENCE, answered).await {
            Ok(Ok(Some(page))) => Ok(page),
            Ok(Ok(None)) => Err(AskKeysError::Refused),
            Ok(Err(_forgotten)) => Err(AskKeysError::Unreachable),
            Err(_elapsed) => Err(AskKeysError::Timeout),
        }
    }
}

impl Replication {
    /// Answers a question of `from`, from a thread that may wait for the disk.
    pub(super) fn answer_keys(
        self: &Arc<Self>,
        from: NodeNumber,
        id: u64,
        epoch: Epoch,
        query: KeysQuery,
    ) {
        let place = Arc::clone(&self.key_asks.scans).try_acquire_owned();
        let (Ok(place), true) = (place, epoch == self.key_asks.epoch) else {
            self.outside.send(from, PeerMessage::KeysListed { id, keys: None });
            return;
        };
        let this = Arc::clone(self);
        tokio::task::spawn_blocking(move || {
            let keys = keys_page(&this.outside.store, &query);
            this.outside.send(from, PeerMessage::KeysListed { id, keys });
            drop(place);
        });
    }
}

/// A page of the keys that this node holds; nothing where its disk failed. Blocks.
fn keys_page(store: &Store, query: &KeysQuery) -> Option<KeysPage> {
    let limit = usize::from(query.limit);
    let found = store.list(&query.prefix, &query.after, limit).ok()?;
    let is_last = found.len() < limit;
    let keys = found.into_iter().map(|StoredKey { key, accepted, value }| PeerKey {
        key,
        accepted,
        head: value.map(|value| KeyHead {
            written: value.written,
            bytes: value.bytes,
            expires: value.expires,
        }),
    });
    Some(KeysPage { keys: keys.collect(), is_last })
}

/// Why another node gave no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum AskKeysError {
    /// It can't be reached.
    #[error("it can't be reached")]
    Unreachable,
    /// It did not answer in time.
    #[error("no answer in {} s", PATIENCE.as_secs())]
    Timeout,
    /// It has another view, or is too busy.
    #[error("it has another view of the ring, or too much to do")]
    Refused,
}
