//! What the store remembers of itself, in the same commit as what changed it.

use bytes::{Buf, BufMut, Bytes};

use super::Version;

/// Under which name [`Totals`] lie in [`Table::Meta`](super::Table::Meta).
pub(super) const KEY: &[u8] = b"totals";

/// The version given last, and what is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// The highest version ever given, even if what it stood on is gone: the next write
    /// gets a higher one, after any crash.
    pub last_version: Version,
    /// How many keys there are.
    pub keys: u64,
    /// How many bytes their values have.
    pub value_bytes: u64,
}

impl Totals {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(24);
        bytes.put_u64_le(self.last_version.get());
        bytes.put_u64_le(self.keys);
        bytes.put_u64_le(self.value_bytes);
        bytes
    }

    /// Nothing where `bytes` are not what [`Totals::encode`] writes.
    pub(super) fn decode(mut bytes: Bytes) -> Option<Self> {
        (bytes.len() == 24).then(|| Self {
            last_version: Version::new(bytes.get_u64_le()),
            keys: bytes.get_u64_le(),
            value_bytes: bytes.get_u64_le(),
        })
    }
}
