//! What a replica holds of a key.

use alloc::string::String;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::{Version, Wall};

/// What a replica holds of a key.
///
/// The two versions are the heart of the protocol. `written` names the client's write:
/// it is the `ETag`, and never changes. `accepted` names the last time that a leader
/// proposed the record: the protocol orders by it alone. A leader that adopts a record of
/// an older ballot proposes it anew, so `accepted` rises and `written` stays (the identity
/// change of CASPaxos §2.2). With one version for both, a record that an older leader left
/// on one replica could return after a newer conditional write had passed over it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The version of the client's write.
    pub written: Version,
    /// The version under which a leader last proposed it.
    pub accepted: Version,
    /// The value, or that there is none.
    pub body: Body,
}

impl Record {
    /// The value, unless it is deleted or has expired by `wall`.
    #[must_use]
    pub fn live(&self, wall: Wall) -> Option<&Value> {
        match &self.body {
            Body::Value(value) if !value.is_expired(wall) => Some(value),
            Body::Value(_) | Body::Tombstone => None,
        }
    }

    /// Whether it is a value that has expired by `wall`.
    #[must_use]
    pub fn is_expired(&self, wall: Wall) -> bool {
        matches!(&self.body, Body::Value(value) if value.is_expired(wall))
    }

    /// The bytes of its value.
    #[must_use]
    pub fn value_bytes(&self) -> usize {
        match &self.body {
            Body::Value(value) => value.bytes.len(),
            Body::Tombstone => 0,
        }
    }

    /// Whether it says that the key was deleted.
    #[must_use]
    pub fn is_tombstone(&self) -> bool {
        matches!(self.body, Body::Tombstone)
    }
}

/// The value of a key, or that it has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// A value.
    Value(Value),
    /// Deleted, or expired. Kept until every replica holds it.
    Tombstone,
}

/// What a client stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// The bytes themselves; opaque.
    pub bytes: Bytes,
    /// The content type that came with them, if one did.
    pub content_type: Option<String>,
    /// When it expires. Decided once, by the leader's clock, when it is written.
    pub expires: Option<Wall>,
}

impl Value {
    /// Whether its time has come.
    #[must_use]
    pub fn is_expired(&self, wall: Wall) -> bool {
        self.expires.is_some_and(|expires| expires <= wall)
    }
}
