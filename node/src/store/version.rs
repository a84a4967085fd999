//! Which write a value comes from.

use std::fmt;

use serde::{Serialize, Serializer};

/// Counts a node's writes: each has a higher version than all before it on that node,
/// deletes included, and none is ever given twice. It is the key's `ETag`.
///
/// Written as a string in JSON, because a reader must only compare it: it is opaque.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u64);

impl Version {
    /// The version numbered `number`.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Its number, as it is stored.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The version of the write after this one.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
