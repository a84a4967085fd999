//! What nodes say to each other over a connection.

use ringway_replica::{Envelope, Version, Wall};
use ringway_ring::Epoch;
use serde::{Deserialize, Serialize};

/// One message. Each may be lost; the sender is told nothing of it.
///
/// What is sent is the variant's position, then its fields: see
/// [`PROTOCOL_VERSION`](super::PROTOCOL_VERSION) before changing anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PeerMessage {
    /// The replication protocol's.
    Replication {
        /// Between which of the two nodes' shards.
        shard: u8,
        /// The message.
        envelope: Envelope,
    },
    /// Asks for a page of the keys that the receiver holds.
    ListKeys {
        /// To be echoed.
        id: u64,
        /// The sender's view.
        epoch: Epoch,
        /// Which keys.
        query: KeysQuery,
    },
    /// Answers a [`PeerMessage::ListKeys`].
    KeysListed {
        /// Of the message it answers.
        id: u64,
        /// The page; `None` if the receiver has another view or can't read.
        keys: Option<KeysPage>,
    },
}

/// Which keys are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysQuery {
    /// They begin with it.
    pub prefix: String,
    /// They come after it; empty for the first page.
    pub after: String,
    /// The most to be told.
    pub limit: u16,
}

/// Keys that one node holds, in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeysPage {
    /// The keys.
    pub keys: Vec<PeerKey>,
    /// Whether none follow.
    pub is_last: bool,
}

/// What a node holds of a key, without the value's bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerKey {
    /// Which key.
    pub key: String,
    /// Under which version it was last accepted: the highest among the holders is right.
    pub accepted: Version,
    /// About its value; `None` for a tombstone.
    pub head: Option<KeyHead>,
}

/// What a listing tells of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyHead {
    /// The client's write: the `ETag`.
    pub written: Version,
    /// How long the value is.
    pub bytes: u64,
    /// When it expires.
    pub expires: Option<Wall>,
}
