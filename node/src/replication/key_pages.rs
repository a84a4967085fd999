//! The pages of keys that listings are made of: another node's, and this one's.

use std::sync::Arc;
use std::time::Duration;

use ringway_replica::NodeNumber;
use ringway_ring::Epoch;

use super::Replication;
use crate::listing::KeySource;
use crate::peers::{
    Answering, Ask, AskError, AskRefused, KeyHead, KeysPage, KeysQuery, PeerKey, Reply,
};
use crate::store::{Store, StoredKey};

/// How long another node may take for a page: far above what a scan costs, and below what a
/// read may take, so that a listing can say who did not answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// Scans for other nodes at one time. Beyond: that node does without, and says so.
pub(super) const SCANS_MAX: usize = 16;

impl KeySource for Replication {
    async fn keys_of(
        &self,
        holder: NodeNumber,
        epoch: Epoch,
        query: KeysQuery,
    ) -> Result<KeysPage, AskError> {
        if holder == self.me {
            if epoch != self.epoch() {
                return Err(AskRefused::OtherView.into());
            }
            let store = Arc::clone(&self.outside.store);
            let scan = move || keys_page(&store, &query);
            let page = tokio::task::spawn_blocking(scan).await;
            return Ok(page.unwrap_or(Err(AskRefused::Failed))?);
        }
        let peers = self.outside.peers.as_ref().ok_or(AskError::Unreachable)?;
        let ask = Ask::ListKeys { epoch, query };
        let Reply::Keys(page) = peers.ask(holder, ask, PATIENCE).await? else {
            unreachable!("an answer is of the question's kind");
        };
        Ok(page)
    }
}

impl Replication {
    /// Answers a question for keys, from a thread that may wait for the disk.
    pub(crate) fn answer_keys(&self, epoch: Epoch, query: KeysQuery, answering: Answering) {
        if epoch != self.epoch() {
            answering.answer(Err(AskRefused::OtherView));
            return;
        }
        let Ok(place) = Arc::clone(&self.scans).try_acquire_owned() else {
            answering.answer(Err(AskRefused::Busy));
            return;
        };
        let store = Arc::clone(&self.outside.store);
        tokio::task::spawn_blocking(move || {
            answering.answer(keys_page(&store, &query).map(Reply::Keys));
            drop(place);
        });
    }
}

/// A page of the keys that this node holds. Blocks.
fn keys_page(store: &Store, query: &KeysQuery) -> Result<KeysPage, AskRefused> {
    let limit = usize::from(query.limit);
    let found = store.list(&query.prefix, &query.after, limit).map_err(|_| AskRefused::Failed)?;
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
    Ok(KeysPage { keys: keys.collect(), is_last })
}
