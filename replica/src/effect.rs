//! What a replica wants done.

use alloc::vec::Vec;

use ringway_ring::{Epoch, Key, Partition};
use serde::{Deserialize, Serialize};

use crate::{ClientId, Envelope, Head, NodeNumber, Outcome, PartitionState, Record};

/// Names a store; they count up in the order in which the stores are to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ticket(pub u64);

/// What a [`Replica`](crate::Replica) wants done. In any order but for stores, which must
/// reach the disk in the order of their tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Send this, if it can be done at once. What can't be sent may be dropped.
    Send {
        /// To whom.
        to: NodeNumber,
        /// What.
        envelope: Envelope,
    },
    /// Store all of this or nothing, then say [`Stored`](crate::Event::Stored).
    Store {
        /// To be given back.
        ticket: Ticket,
        /// What to store.
        writes: Vec<Write>,
    },
    /// Tell the client.
    Reply {
        /// Which one.
        client: ClientId,
        /// What became of its request.
        outcome: Outcome,
    },
    /// `peer` knows a later view than this node: the driver should get it. Said again now and
    /// then for as long as it is so.
    Behind {
        /// Who said so.
        peer: NodeNumber,
        /// The peer's view.
        epoch: Epoch,
    },
}

/// A change of what is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Write {
    /// A key's record.
    Record {
        /// Of the key.
        partition: Partition,
        /// Which key.
        key: Key<'static>,
        /// The record; `None` to remove it.
        record: Option<Record>,
        /// What is there before.
        replaced: Replaced,
    },
    /// What a replica remembers of a partition besides its records.
    State {
        /// Which partition.
        partition: Partition,
        /// The state.
        state: PartitionState,
    },
}

impl Write {
    /// That the record of `key` be `record`, or removed.
    pub(crate) fn record(partition: Partition, key: Key<'static>, record: Option<Record>) -> Self {
        Self::Record { partition, key, record, replaced: Replaced::Unknown }
    }
}

/// What the disk holds of a key when a store of it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Replaced {
    /// What the stores before this one, which are under way, leave there.
    Unknown,
    /// This, or nothing: the replica has read it, and nothing of the key is under way.
    Known(Option<Head>),
}
