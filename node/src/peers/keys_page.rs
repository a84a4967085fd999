//! What nodes tell each other of the keys that they hold.

use ringway_replica::{Version, Wall};
use serde::{Deserialize, Serialize};

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
