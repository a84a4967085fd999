//! What openraft's types stand for here.

use openraft::impls::{OneshotResponder, TokioRuntime};
use ringway_replica::NodeNumber;
use ringway_ring::Epoch;
use serde::{Deserialize, Serialize};

use crate::membership::{Command, Refused};

/// The types.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Types;

/// A node's number, as Raft has it: wider than in ballots, for openraft's own tests of storage.
pub(super) type Number = u64;

pub(super) fn raft_number(number: NodeNumber) -> Number {
    number.get().into()
}

pub(super) fn node_numbered(number: Number) -> NodeNumber {
    let number = u32::try_from(number);
    NodeNumber::new(number.unwrap_or_else(|_| unreachable!("numbers are given out by nodes")))
}

impl openraft::RaftTypeConfig for Types {
    type D = Command;
    type R = Outcome;
    type NodeId = Number;
    /// Addresses are the cluster's data, not Raft's.
    type Node = ();
    type Entry = Entry;
    type SnapshotData = Vec<u8>;
    type AsyncRuntime = TokioRuntime;
    type Responder = OneshotResponder<Self>;
}

/// What becomes of an entry of the log when it is applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Outcome {
    /// The command is done, at this epoch.
    Done(Epoch),
    /// It can't be done.
    Refused(Refused),
    /// It was no command.
    None,
}

pub(super) type Raft = openraft::Raft<Types>;
pub(super) type Entry = openraft::Entry<Types>;
pub(super) type LogId = openraft::LogId<Number>;
pub(super) type Vote = openraft::Vote<Number>;
pub(super) type Snapshot = openraft::Snapshot<Types>;
pub(super) type SnapshotMeta = openraft::SnapshotMeta<Number, ()>;
pub(super) type StorageError = openraft::StorageError<Number>;
pub(super) type StorageIoError = openraft::StorageIOError<Number>;
pub(super) type StoredMembership = openraft::StoredMembership<Number, ()>;
pub(super) type Metrics = openraft::RaftMetrics<Number, ()>;
