//! What a client asks for.

use alloc::string::String;

use bytes::Bytes;
use ringway_ring::{Key, Partition};
use serde::{Deserialize, Serialize};

use crate::{Incarnation, Instant, NodeNumber, Token, Version};

/// The driver's name for a client's request, given back with its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientId(pub u64);

/// What to do with a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// The present value; linearizable.
    Read,
    /// What the nearest replica holds; may be stale.
    ReadOne,
    /// A new value.
    Put {
        /// The bytes.
        bytes: Bytes,
        /// What they are.
        content_type: Option<String>,
        /// How long they live.
        ttl_ms: Option<u64>,
        /// On which condition.
        condition: Condition,
    },
    /// No value.
    Delete {
        /// On which condition.
        condition: Condition,
    },
    /// Housekeeping: bring the record under the leader's ballot, or bury it if it expired.
    Settle,
}

impl Operation {
    /// Whether it may change what later reads see, so that doing it twice is not the same
    /// as once.
    #[must_use]
    pub fn is_write(&self) -> bool {
        matches!(self, Self::Put { .. } | Self::Delete { .. })
    }
}

/// On which condition to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Condition {
    /// In any case.
    None,
    /// `If-Match`: only over the value of this version.
    Match(Version),
    /// `If-None-Match: *`: only where there is no value.
    Absent,
}

/// A request on its way through this node.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) origin: Origin,
    pub(crate) partition: Partition,
    pub(crate) key: Key<'static>,
    pub(crate) operation: Operation,
    pub(crate) deadline: Instant,
    /// How often it was forwarded.
    pub(crate) hops: u8,
}

/// Who waits for the outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Client(ClientId),
    Peer { node: NodeNumber, incarnation: Incarnation, id: Token },
    Housekeeping,
}
