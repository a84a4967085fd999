//! A record without its value.

use crate::{Body, Record, Version};

/// A record without its value: what comparing replicas needs to know of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The version under which a leader last proposed it.
    pub accepted: Version,
    /// Whether it says that the key was deleted.
    pub is_tombstone: bool,
    /// Whether it is a value that expires some time.
    pub expires: bool,
}

impl Head {
    /// What `record` is.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        let expires = matches!(&record.body, Body::Value(value) if value.expires.is_some());
        Self { accepted: record.accepted, is_tombstone: record.is_tombstone(), expires }
    }
}
