//! A record without its value, as bytes.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | 0 for a tombstone, or the sum of 1: a value, 2: that expires, 4: in a file, 8: in an entry of its own |
//! | 28 | the version that it was written under: configuration 8, round 8, node 4, sequence 8 |
//! | 28 | the version that it was accepted under |
//! | 8 | of a value, its length |
//! | 8 | of a value that expires, when: milliseconds since 1970 |
//! | 16 | of a value in a file, the file's id and the XXH64 of the value, 8 each |
//!
//! All numbers are little-endian.

use bytes::{Buf, BufMut, Bytes};
use ringway_replica::{Head, Version, Wall};

use super::INLINE_BYTES_MAX;
use super::blobs::BlobReference;
use super::version_bytes::{VERSION_BYTES, put_version, take_version};

const VALUE: u8 = 1;
const EXPIRES: u8 = 2;
const FILE: u8 = 4;
const APART: u8 = 8;
/// The longest head.
pub(super) const HEAD_BYTES_MAX: usize = 1 + 2 * VERSION_BYTES + 8 + 8 + 16;

/// A record without its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordHead {
    pub(super) written: Version,
    pub(super) accepted: Version,
    /// Nothing for a tombstone.
    pub(super) value: Option<ValueHead>,
}

/// A value without its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ValueHead {
    pub(super) length: u64,
    pub(super) expires: Option<Wall>,
    /// Where the bytes are.
    pub(super) place: Place,
}

/// Where a value's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// In the record.
    Inline,
    /// In an entry of [`Table::Values`](super::engine::Table::Values).
    Apart,
    /// In a file.
    File(BlobReference),
}

impl RecordHead {
    pub(super) fn blob(&self) -> Option<BlobReference> {
        match self.value?.place {
            Place::File(reference) => Some(reference),
            Place::Inline | Place::Apart => None,
        }
    }

    /// Whether the value has an entry of its own.
    pub(super) fn is_apart(&self) -> bool {
        self.value.is_some_and(|value| value.place == Place::Apart)
    }

    /// That of a record that `head` summarizes. Nothing if its value is too long to lie in the
    /// record: then the summary doesn't say where it lies.
    pub(super) fn of_inline(head: &Head) -> Option<Self> {
        let Head { written, accepted, is_tombstone, expires, bytes: length } = *head;
        let value = ValueHead { length, expires, place: Place::Inline };
        let is_inline = usize::try_from(length).is_ok_and(|length| length <= INLINE_BYTES_MAX);
        is_inline.then_some(Self { written, accepted, value: (!is_tombstone).then_some(value) })
    }

    /// As the protocol compares it.
    pub(super) fn summary(&self) -> Head {
        Head {
            written: self.written,
            accepted: self.accepted,
            is_tombstone: self.value.is_none(),
            expires: self.value.and_then(|value| value.expires),
            bytes: self.value.map_or(0, |value| value.length),
        }
    }

    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        let flags = self.value.map_or(0, |value| {
            let expires = value.expires.map_or(0, |_| EXPIRES);
            let place = match value.place {
                Place::Inline => 0,
                Place::Apart => APART,
                Place::File(_) => FILE,
            };
            VALUE | expires | place
        });
        bytes.put_u8(flags);
        put_version(bytes, self.written);
        put_version(bytes, self.accepted);
        let Some(value) = self.value else { return };
        bytes.put_u64_le(value.length);
        if let Some(expires) = value.expires {
            bytes.put_u64_le(expires.get());
        }
        if let Place::File(blob) = value.place {
            bytes.put_u64_le(blob.id);
            bytes.put_u64_le(blob.checksum);
        }
    }

    pub(super) fn take(bytes: &mut Bytes) -> Option<Self> {
        let flags = bytes.try_get_u8().ok()?;
        let (written, accepted) = (take_version(bytes)?, take_version(bytes)?);
        let value = match flags {
            0 => None,
            _ if flags & VALUE == 0 || flags > VALUE | EXPIRES | APART => return None,
            _ => Some(ValueHead::take(flags, bytes)?),
        };
        Some(Self { written, accepted, value })
    }
}

impl ValueHead {
    fn take(flags: u8, bytes: &mut Bytes) -> Option<Self> {
        let length = bytes.try_get_u64_le().ok()?;
        let expires = match flags & EXPIRES {
            0 => None,
            _ => Some(Wall::new(bytes.try_get_u64_le().ok()?)),
        };
        let place = match flags & (FILE | APART) {
            0 => Place::Inline,
            FILE => {
                let (id, checksum) = (bytes.try_get_u64_le().ok()?, bytes.try_get_u64_le().ok()?);
                Place::File(BlobReference { id, length, checksum })
            }
            _ => Place::Apart,
        };
        Some(Self { length, expires, place })
    }
}
