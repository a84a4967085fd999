//! A record without its value, as bytes.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | 0 for a tombstone, or the sum of 1: a value, 2: that expires, 4: in a file |
//! | 28 | the version that it was written under: configuration 8, round 8, node 4, sequence 8 |
//! | 28 | the version that it was accepted under |
//! | 8 | of a value, its length |
//! | 8 | of a value that expires, when: milliseconds since 1970 |
//! | 16 | of a value in a file, the file's id and the XXH64 of the value, 8 each |
//!
//! All numbers are little-endian. A record begins with its head. The head is also stored by
//! itself, so that neither comparing replicas nor listing keys has to read values.

use bytes::{Buf, BufMut, Bytes};
use ringway_replica::{Head, Version, Wall};

use super::blobs::BlobReference;
use super::format_error::FormatError;
use super::version_bytes::{VERSION_BYTES, put_version, take_version};

const VALUE: u8 = 1;
const EXPIRES: u8 = 2;
const BLOB: u8 = 4;
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
    /// Where the bytes are, if not in the record.
    pub(super) blob: Option<BlobReference>,
}

impl RecordHead {
    pub(super) fn blob(&self) -> Option<BlobReference> {
        self.value.and_then(|value| value.blob)
    }

    /// As the protocol compares it.
    pub(super) fn summary(&self) -> Head {
        Head {
            accepted: self.accepted,
            is_tombstone: self.value.is_none(),
            expires: self.value.and_then(|value| value.expires),
        }
    }

    pub(super) fn put(&self, bytes: &mut Vec<u8>) {
        let flags = self.value.map_or(0, |value| {
            let expires = value.expires.map_or(0, |_| EXPIRES);
            VALUE | expires | value.blob.map_or(0, |_| BLOB)
        });
        bytes.put_u8(flags);
        put_version(bytes, self.written);
        put_version(bytes, self.accepted);
        let Some(value) = self.value else { return };
        bytes.put_u64_le(value.length);
        if let Some(expires) = value.expires {
            bytes.put_u64_le(expires.get());
        }
        if let Some(blob) = value.blob {
            bytes.put_u64_le(blob.id);
            bytes.put_u64_le(blob.checksum);
        }
    }

    pub(super) fn take(bytes: &mut Bytes) -> Option<Self> {
        let flags = bytes.try_get_u8().ok()?;
        let (written, accepted) = (take_version(bytes)?, take_version(bytes)?);
        let value = match flags {
            0 => None,
            _ if flags & VALUE == 0 || flags > VALUE | EXPIRES | BLOB => return None,
            _ => Some(ValueHead::take(flags, bytes)?),
        };
        Some(Self { written, accepted, value })
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_BYTES_MAX);
        self.put(&mut bytes);
        bytes
    }

    pub(super) fn decode(mut bytes: Bytes) -> Result<Self, FormatError> {
        let length = bytes.len();
        let head = Self::take(&mut bytes).filter(|_| bytes.is_empty());
        head.ok_or(FormatError { what: "head", length })
    }
}

impl ValueHead {
    fn take(flags: u8, bytes: &mut Bytes) -> Option<Self> {
        let length = bytes.try_get_u64_le().ok()?;
        let expires = match flags & EXPIRES {
            0 => None,
            _ => Some(Wall::new(bytes.try_get_u64_le().ok()?)),
        };
        let blob = if flags & BLOB == 0 {
            None
        } else {
            let (id, checksum) = (bytes.try_get_u64_le().ok()?, bytes.try_get_u64_le().ok()?);
            Some(BlobReference { id, length, checksum })
        };
        Some(Self { length, expires, blob })
    }
}
