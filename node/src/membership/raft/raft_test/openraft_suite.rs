//! openraft's own tests of storage, on ours.

use std::sync::Arc;

use openraft::testing::{StoreBuilder, Suite};

use crate::membership::raft::log::Log;
use crate::membership::raft::machine::{Machine, Present};
use crate::membership::raft::snapshots::Snapshots;
use crate::membership::raft::types::{StorageError, Types};
use crate::store::ConsensusTable;

struct InMemory;

impl StoreBuilder<Types, Log, Machine> for InMemory {
    async fn build(&self) -> Result<((), Log, Machine), StorageError> {
        let table = ConsensusTable::in_memory();
        let log = Log::open(table.clone()).unwrap();
        let snapshots = Snapshots::open(table).unwrap();
        Ok(((), log, Machine::open(snapshots, Arc::new(Present::new())).unwrap()))
    }
}

#[test]
fn log_and_snapshots_are_kept_as_openraft_expects() {
    Suite::test_all(InMemory).unwrap();
}
