//! A record without its value.

use serde::{Deserialize, Serialize};

use crate::{Body, Record, Version, Wall};

/// A record without its value: what comparing replicas needs to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The version under which a client wrote it.
    pub written: Version,
    /// The version under which a leader last proposed it.
    pub accepted: Version,
    /// Whether it says that the key was deleted.
    pub is_tombstone: bool,
    /// When it expires, if it is a value that does.
    pub expires: Option<Wall>,
    /// The bytes of its value.
    pub bytes: u64,
}

impl Head {
    /// What `record` is.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let expires = match &record.body {
            Body::Value(value) => value.expires,
            Body::Tombstone => None,
        };
        let bytes = u64::try_from(record.value_bytes()).unwrap_or(u64::MAX);
        let Record { written, accepted, .. } = *record;
        Self { written, accepted, is_tombstone: record.is_tombstone(), expires, bytes }
    }

    /// Whether it is a value that has not expired by `wall`.
    #[must_use]
    pub fn is_live(&self, wall: Wall) -> bool {
        !self.is_tombstone && !self.is_expired(wall)
    }

    /// Whether it is a value that has expired by `wall`.
    #[must_use]
    pub fn is_expired(&self, wall: Wall) -> bool {
        self.expires.is_some_and(|expires| expires <= wall)
    }
}
