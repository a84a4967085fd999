//! What is stored, in numbers; in the same commit as what changed it.

use bytes::{Buf, BufMut, Bytes};

use super::record_head::RecordHead;

/// What is stored, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    /// Keys with a value, expired or not.
    pub(super) keys: u64,
    /// The bytes of those values.
    pub(super) value_bytes: u64,
    /// Keys with a tombstone.
    pub(super) tombstones: u64,
}

impl Totals {
    pub(super) fn add(&mut self, head: &RecordHead) {
        match &head.value {
            Some(value) => {
                self.keys += 1;
                self.value_bytes += value.length;
            }
            None => self.tombstones += 1,
        }
    }

    pub(super) fn subtract(&mut self, head: &RecordHead) {
        match &head.value {
            Some(value) => {
                self.keys -= 1;
                self.value_bytes -= value.length;
            }
            None => self.tombstones -= 1,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(24);
        bytes.put_u64_le(self.keys);
        bytes.put_u64_le(self.value_bytes);
        bytes.put_u64_le(self.tombstones);
        bytes
    }

    /// Nothing where `bytes` are not what [`Totals::encode`] writes.
    pub(super) fn decode(mut bytes: Bytes) -> Option<Self> {
        (bytes.len() == 24).then(|| Self {
            keys: bytes.get_u64_le(),
            value_bytes: bytes.get_u64_le(),
            tombstones: bytes.get_u64_le(),
        })
    }
}
