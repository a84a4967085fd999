//! A key as a listing names it.

use ringway_replica::{Version, Wall};

use super::record_head::RecordHead;

/// A key that something is stored of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredKey {
    /// The key.
    pub key: String,
    /// The version under which its record was last proposed.
    pub accepted: Version,
    /// Its value, expired or not; nothing for a tombstone.
    pub value: Option<StoredHead>,
}

/// A value without its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredHead {
    /// The version of the client's write.
    pub written: Version,
    /// How many bytes it has.
    pub bytes: u64,
    /// When it expires.
    pub expires: Option<Wall>,
}

impl StoredKey {
    pub(super) fn new(key: String, head: &RecordHead) -> Self {
        let value = head.value.map(|value| StoredHead {
            written: head.written,
            bytes: value.length,
            expires: value.expires,
        });
        Self { key, accepted: head.accepted, value }
    }
}
