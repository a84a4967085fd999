//! The latest snapshot, in the node's store.

use std::sync::Arc;

use openraft::RaftSnapshotBuilder;
use parking_lot::Mutex;

use super::consensus::ConsensusError;
use super::types::{
    LogId, Snapshot, SnapshotMeta, StorageError, StorageIoError, StoredMembership, Types,
};
use crate::membership::Cluster;
use crate::store::ConsensusTable;

const SNAPSHOT: &[u8] = b"s";

/// Where the latest snapshot is kept.
#[derive(Clone)]
pub(super) struct Snapshots {
    table: ConsensusTable,
    latest: Arc<Mutex<Option<Kept>>>,
}

#[derive(Clone)]
struct Kept {
    meta: SnapshotMeta,
    /// The cluster's state; empty before there is one.
    data: Arc<Vec<u8>>,
}

impl Snapshots {
    /// Reads the one that `table` holds. Blocks.
    pub(super) fn open(table: ConsensusTable) -> Result<Self, ConsensusError> {
        let what = "the snapshot";
        let kept = match table.get(SNAPSHOT)? {
            None => None,
            Some(bytes) => {
                let (meta, data) = postcard::from_bytes(&bytes)
                    .map_err(|error| ConsensusError::Damaged { what, error })?;
                Some(Kept { meta, data: Arc::new(data) })
            }
        };
        Ok(Self { table, latest: Arc::new(Mutex::new(kept)) })
    }

    pub(super) fn latest(&self) -> Option<Snapshot> {
        let kept = self.latest.lock().clone()?;
        Some(Snapshot { meta: kept.meta, snapshot: Box::new(kept.data.to_vec()) })
    }

    /// Keeps a snapshot in place of an older one. It is durable when this returns, so that the
    /// log before it may go.
    pub(super) async fn keep(&self, meta: SnapshotMeta, data: Vec<u8>) -> Result<(), StorageError> {
        let bytes = postcard::to_allocvec(&(&meta, &data))
            .unwrap_or_else(|error| unreachable!("numbers and bytes only: {error}"));
        let durable = {
            let mut latest = self.latest.lock();
            let is_newer = |kept: &Kept| kept.meta.last_log_id > meta.last_log_id;
            if latest.as_ref().is_some_and(is_newer) {
                // One that was received while this was made.
                return Ok(());
            }
            *latest = Some(Kept { meta, data: Arc::new(data) });
            // Queued under the lock, so that the disk gets them in this order too.
            self.table.commit(vec![(SNAPSHOT.to_vec(), Some(bytes))])
        };
        durable.await.map_err(|ended| StorageIoError::write_snapshot(None, &ended).into())
    }
}

/// The state from which a snapshot is made.
pub(super) struct SnapshotDraft {
    pub(super) applied: Option<LogId>,
    pub(super) membership: StoredMembership,
    pub(super) cluster: Option<Arc<Cluster>>,
    pub(super) kept_in: Snapshots,
}

impl RaftSnapshotBuilder<Types> for SnapshotDraft {
    async fn build_snapshot(&mut self) -> Result<Snapshot, StorageError> {
        let snapshot_id = self.applied.map_or_else(|| "empty".to_owned(), |id| id.to_string());
        let meta = SnapshotMeta {
            last_log_id: self.applied,
            last_membership: self.membership.clone(),
            snapshot_id,
        };
        let data = self.cluster.as_ref().map_or_else(Vec::new, |cluster| cluster.to_bytes());
        self.kept_in.keep(meta.clone(), data.clone()).await?;
        Ok(Snapshot { meta, snapshot: Box::new(data) })
    }
}
