//! What is stored under a key, as bytes.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | the format, 1 |
//! | 1 | 0: the value follows; 1: a blob's id, length and XXH64 follow, 8 bytes each |
//! | 8 | the version |
//! | 2 | the length of the content type, which follows |
//!
//! All numbers are little-endian.

use bytes::{Buf, BufMut, Bytes};
use thiserror::Error;

use super::{BlobReference, Version};

const FORMAT: u8 = 1;
const INLINE: u8 = 0;
const BLOB: u8 = 1;
const HEAD_BYTES: usize = 12;
const REFERENCE_BYTES: usize = 24;

/// What is stored under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Which write it comes from.
    pub version: Version,
    /// The content type that came with it; empty for the default.
    pub content_type: Bytes,
    /// The value, or where it is.
    pub value: StoredValue,
}

/// A value, or where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredValue {
    /// The value itself.
    Inline(Bytes),
    /// A file of its own.
    Blob(BlobReference),
}

impl StoredValue {
    /// The value's length in bytes.
    #[must_use]
    pub fn length(&self) -> u64 {
        match self {
            Self::Inline(value) => value.len() as u64,
            Self::Blob(reference) => reference.length,
        }
    }
}

impl Record {
    /// The record as bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let (kind, value_length) = match &self.value {
            StoredValue::Inline(value) => (INLINE, value.len()),
            StoredValue::Blob(_) => (BLOB, REFERENCE_BYTES),
        };
        // HTTP bounds a header far below 64 KiB; a longer one is cut by nobody.
        let type_length = u16::try_from(self.content_type.len()).unwrap_or_default();
        let content_type = self.content_type.get(..usize::from(type_length)).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEAD_BYTES + content_type.len() + value_length);
        bytes.put_u8(FORMAT);
        bytes.put_u8(kind);
        bytes.put_u64_le(self.version.get());
        bytes.put_u16_le(type_length);
        bytes.put_slice(content_type);
        match &self.value {
            StoredValue::Inline(value) => bytes.put_slice(value),
            StoredValue::Blob(BlobReference { id, length, checksum }) => {
                bytes.put_u64_le(*id);
                bytes.put_u64_le(*length);
                bytes.put_u64_le(*checksum);
            }
        }
        bytes
    }

    /// Reads a record, without copying what it holds.
    ///
    /// # Errors
    /// When `bytes` are no record that this build knows.
    pub fn decode(mut bytes: Bytes) -> Result<Self, RecordError> {
        let damaged = RecordError { length: bytes.len() };
        if bytes.len() < HEAD_BYTES {
            return Err(damaged);
        }
        let (format, kind) = (bytes.get_u8(), bytes.get_u8());
        let version = Version::new(bytes.get_u64_le());
        let type_length = usize::from(bytes.get_u16_le());
        if format != FORMAT || bytes.len() < type_length {
            return Err(damaged);
        }
        let content_type = bytes.split_to(type_length);
        let value = match kind {
            INLINE => StoredValue::Inline(bytes),
            BLOB if bytes.len() == REFERENCE_BYTES => StoredValue::Blob(BlobReference {
                id: bytes.get_u64_le(),
                length: bytes.get_u64_le(),
                checksum: bytes.get_u64_le(),
            }),
            _ => return Err(damaged),
        };
        Ok(Self { version, content_type, value })
    }
}

/// The engine gave back bytes that are no record, or one of a newer build.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a stored record of {length} bytes is of no format that this build reads")]
pub struct RecordError {
    length: usize,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = StoredValue> {
        let blob = any::<(u64, u64, u64)>().prop_map(|(id, length, checksum)| {
            StoredValue::Blob(BlobReference { id, length, checksum })
        });
        let inline = any::<Vec<u8>>().prop_map(|value| StoredValue::Inline(value.into()));
        prop_oneof![inline, blob]
    }

    proptest! {
        #[test]
        fn a_record_is_read_as_it_was_written(
            version in any::<u64>(), content_type in any::<Vec<u8>>(), value in value(),
        ) {
            let content_type = content_type.into();
            let record = Record { version: Version::new(version), content_type, value };
            prop_assert_eq!(Record::decode(record.encode().into()), Ok(record));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>()) {
            let _ = Record::decode(bytes.into());
        }
    }
}
