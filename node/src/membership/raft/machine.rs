//! The cluster's state, driven by the log.

use std::sync::Arc;

use openraft::storage::RaftStateMachine;
use openraft::{EntryPayload, OptionalSend};
use tokio::sync::{SetOnce, watch};

use super::consensus::ConsensusError;
use super::snapshots::{SnapshotDraft, Snapshots};
use super::types::{
    Entry, LogId, Outcome, Snapshot, SnapshotMeta, StorageError, StorageIoError, StoredMembership,
    Types,
};
use crate::membership::{Cluster, ClusterBytesError, Command, Refused};

/// Where the present state is told, once there is one.
pub(super) type Present = SetOnce<watch::Sender<Arc<Cluster>>>;

/// The cluster's state, driven by the log. In memory: a node that starts again begins with
/// the snapshot and applies the log after it.
pub(super) struct Machine {
    applied: Option<LogId>,
    membership: StoredMembership,
    /// Nothing before the command that makes the cluster.
    cluster: Option<Arc<Cluster>>,
    snapshots: Snapshots,
    present: Arc<Present>,
}

impl Machine {
    /// The state as of the snapshot, if there is one.
    pub(super) fn open(
        snapshots: Snapshots,
        present: Arc<Present>,
    ) -> Result<Self, ConsensusError> {
        let (applied, membership, cluster) = Default::default();
        let mut machine = Self { applied, membership, cluster, snapshots, present };
        if let Some(snapshot) = machine.snapshots.latest() {
            machine.take(&snapshot.meta, &snapshot.snapshot)?;
        }
        Ok(machine)
    }

    fn take(&mut self, meta: &SnapshotMeta, data: &[u8]) -> Result<(), ClusterBytesError> {
        let read = |data| Cluster::from_bytes(data).map(Arc::new);
        self.cluster = (!data.is_empty()).then(|| read(data)).transpose()?;
        self.applied = meta.last_log_id;
        self.membership = meta.last_membership.clone();
        self.publish();
        Ok(())
    }

    fn command(&mut self, command: Command) -> Outcome {
        match (&mut self.cluster, command) {
            (None, Command::Bootstrap(bootstrap)) => self.begin(Cluster::bootstrap(bootstrap)),
            (None, Command::BootstrapWithCa(bootstrap, ca)) => {
                self.begin(Cluster::bootstrap_with_ca(*bootstrap, ca))
            }
            (None, _) => Outcome::Refused(Refused::NotBootstrapped),
            (Some(cluster), command) => match Arc::make_mut(cluster).apply(command) {
                Ok(epoch) => Outcome::Done(epoch),
                Err(refused) => Outcome::Refused(refused),
            },
        }
    }

    fn begin(&mut self, cluster: Cluster) -> Outcome {
        let epoch = cluster.epoch();
        self.cluster = Some(Arc::new(cluster));
        Outcome::Done(epoch)
    }

    fn publish(&self) {
        let Some(cluster) = &self.cluster else { return };
        let Some(present) = self.present.get() else {
            // Nobody else sets it.
            let _ = self.present.set(watch::Sender::new(Arc::clone(cluster)));
            return;
        };
        present.send_if_modified(|known| {
            let is_news = known.epoch() != cluster.epoch();
            if is_news {
                *known = Arc::clone(cluster);
            }
            is_news
        });
    }
}

impl RaftStateMachine<Types> for Machine {
    type SnapshotBuilder = SnapshotDraft;

    async fn applied_state(&mut self) -> Result<(Option<LogId>, StoredMembership), StorageError> {
        Ok((self.applied, self.membership.clone()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<Outcome>, StorageError>
    where
        I: IntoIterator<Item = Entry> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut outcomes = Vec::new();
        for entry in entries {
            self.applied = Some(entry.log_id);
            outcomes.push(match entry.payload {
                EntryPayload::Blank => Outcome::None,
                EntryPayload::Normal(command) => self.command(command),
                EntryPayload::Membership(membership) => {
                    self.membership = StoredMembership::new(Some(entry.log_id), membership);
                    Outcome::None
                }
            });
        }
        self.publish();
        Ok(outcomes)
    }

    async fn get_snapshot_builder(&mut self) -> SnapshotDraft {
        SnapshotDraft {
            applied: self.applied,
            membership: self.membership.clone(),
            cluster: self.cluster.clone(),
            kept_in: self.snapshots.clone(),
        }
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<Vec<u8>>, StorageError> {
        Ok(Box::default())
    }

    async fn install_snapshot(
        &mut self,
        meta: &SnapshotMeta,
        snapshot: Box<Vec<u8>>,
    ) -> Result<(), StorageError> {
        self.snapshots.keep(meta.clone(), snapshot.to_vec()).await?;
        let taken = self.take(meta, &snapshot);
        taken.map_err(|error| StorageIoError::read_snapshot(None, &error).into())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot>, StorageError> {
        Ok(self.snapshots.latest())
    }
}
