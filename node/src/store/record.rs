//! What is stored of a key, as bytes.
//!
//! | bytes | what |
//! | --- | --- |
//! | 1 | the format, 2 |
//! | 57 to 89 | the [head](super::record_head), and nothing more of a tombstone |
//! | 1 | 1 if there is a content type, otherwise 0 |
//! | 4 | the length of the content type, which follows |
//! | the rest | the value, unless it lies elsewhere |
//!
//! All numbers are little-endian.

use bytes::{Buf, BufMut, Bytes};
use ringway_replica::{Body, Record, Value};

use super::blobs::BlobReference;
use super::format_error::FormatError;
use super::record_head::{HEAD_BYTES_MAX, Place, RecordHead, ValueHead};
use super::{ENTRY_BYTES_MAX, INLINE_BYTES_MAX, apart_value};

const FORMAT: u8 = 2;

/// What is stored of a key. One that was read lacks the value where that lies elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredRecord {
    pub(super) head: RecordHead,
    content_type: Option<String>,
    /// Empty where the value is in a file.
    value: Bytes,
}

impl StoredRecord {
    /// `record`, with its value in `blob` if there is one.
    pub(super) fn new(record: Record, blob: Option<BlobReference>) -> Self {
        let Record { written, accepted, body } = record;
        let Body::Value(Value { bytes, content_type, expires }) = body else {
            let head = RecordHead { written, accepted, value: None };
            return Self { head, content_type: None, value: Bytes::new() };
        };
        let place = match blob {
            Some(reference) => Place::File(reference),
            None if bytes.len() > INLINE_BYTES_MAX => Place::Apart,
            None => Place::Inline,
        };
        let value = ValueHead { length: bytes.len() as u64, expires, place };
        let head = RecordHead { written, accepted, value: Some(value) };
        let value = if blob.is_some() { Bytes::new() } else { bytes };
        Self { head, content_type, value }
    }

    /// The whole record, with its value from `elsewhere` if it lies there.
    pub(super) fn whole(self, elsewhere: Option<Bytes>) -> Record {
        let RecordHead { written, accepted, value } = self.head;
        let body = match value {
            None => Body::Tombstone,
            Some(ValueHead { expires, .. }) => {
                let bytes = elsewhere.unwrap_or(self.value);
                Body::Value(Value { bytes, content_type: self.content_type, expires })
            }
        };
        Record { written, accepted, body }
    }

    /// The entry of the value, where it has one of its own.
    pub(super) fn apart(&self) -> Option<Vec<u8>> {
        self.head.is_apart().then(|| apart_value::encode(self.head.written, &self.value))
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let content_type = self.content_type.as_deref().unwrap_or_default();
        // A head is bounded far below 4 GiB; a longer type would not have been received.
        let type_length = u32::try_from(content_type.len()).unwrap_or_default();
        let inline = if self.head.is_apart() { &[][..] } else { &self.value };
        let length = 1 + HEAD_BYTES_MAX + 5 + content_type.len() + inline.len();
        let mut bytes = Vec::with_capacity(length);
        bytes.put_u8(FORMAT);
        self.head.put(&mut bytes);
        if self.head.value.is_some() {
            bytes.put_u8(u8::from(self.content_type.is_some()));
            if self.content_type.is_some() {
                bytes.put_u32_le(type_length);
                bytes.put_slice(content_type.as_bytes());
            }
            bytes.put_slice(inline);
        }
        bytes
    }

    /// Reads a record, without copying its value.
    pub(super) fn decode(bytes: Bytes) -> Result<Self, FormatError> {
        let length = bytes.len();
        Self::take(bytes).ok_or(FormatError { what: "record", length })
    }

    /// Reads the head of a record and no more.
    pub(super) fn decode_head(mut bytes: Bytes) -> Result<RecordHead, FormatError> {
        let length = bytes.len();
        take_head(&mut bytes).ok_or(FormatError { what: "record", length })
    }

    fn take(mut bytes: Bytes) -> Option<Self> {
        let head = take_head(&mut bytes)?;
        let content_type = match head.value {
            None => None,
            Some(_) => match bytes.try_get_u8().ok()? {
                0 => None,
                1 => Some(take_text(&mut bytes)?),
                _ => return None,
            },
        };
        let inline = match head.value {
            Some(ValueHead { place: Place::Inline, length, .. }) => length,
            _ => 0,
        };
        (bytes.len() as u64 == inline).then_some(Self { head, content_type, value: bytes })
    }
}

fn take_head(bytes: &mut Bytes) -> Option<RecordHead> {
    if bytes.try_get_u8().ok()? != FORMAT {
        return None;
    }
    RecordHead::take(bytes)
}

fn take_text(bytes: &mut Bytes) -> Option<String> {
    let length = usize::try_from(bytes.try_get_u32_le().ok()?).ok()?;
    if bytes.len() < length {
        return None;
    }
    Some(str::from_utf8(&bytes.split_to(length)).ok()?.to_owned())
}

/// The value of `record`, if it is so large that it gets a file of its own.
pub(super) fn large_value(record: &Record) -> Option<&Bytes> {
    match &record.body {
        Body::Value(value) if value.bytes.len() > ENTRY_BYTES_MAX => Some(&value.bytes),
        Body::Value(_) | Body::Tombstone => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ringway_replica::{Ballot, NodeNumber, Version, Wall};
    use ringway_ring::Epoch;

    use super::*;

    fn version() -> impl Strategy<Value = Version> {
        any::<(u64, u64, u32, u64)>().prop_map(|(configuration, round, node, sequence)| {
            let (configuration, node) = (Epoch::new(configuration), NodeNumber::new(node));
            Version { ballot: Ballot { configuration, round, node }, sequence }
        })
    }

    fn body() -> impl Strategy<Value = Body> {
        let lengths = [0, 1, INLINE_BYTES_MAX, INLINE_BYTES_MAX + 1];
        let bytes = prop_oneof![
            any::<Vec<u8>>(),
            proptest::sample::select(lengths.to_vec()).prop_map(|length| vec![7; length]),
        ];
        let value = (bytes, any::<(Option<String>, Option<u64>)>());
        let value = value.prop_map(|(bytes, (content_type, expires))| {
            let expires = expires.map(Wall::new);
            Body::Value(Value { bytes: bytes.into(), content_type, expires })
        });
        prop_oneof![Just(Body::Tombstone), value]
    }

    proptest! {
        #[test]
        fn a_record_is_read_as_it_was_written(
            written in version(), accepted in version(), body in body(),
        ) {
            let record = Record { written, accepted, body };
            let stored = StoredRecord::new(record.clone(), None);
            let bytes = Bytes::from(stored.encode());
            prop_assert!(bytes.len() <= 1 + HEAD_BYTES_MAX + 5 + 1000 + INLINE_BYTES_MAX);
            prop_assert_eq!(StoredRecord::decode_head(bytes.clone()), Ok(stored.head));
            let read = StoredRecord::decode(bytes).unwrap();
            prop_assert_eq!(read.head, stored.head);
            let apart = stored.apart();
            let apart = apart.map(|apart| apart_value::decode(apart.into(), written).unwrap());
            prop_assert_eq!(read.whole(apart), record);
        }

        #[test]
        fn a_large_value_is_read_from_its_file(
            written in version(), id in any::<u64>(), checksum in any::<u64>(), bytes in any::<Vec<u8>>(),
        ) {
            let value = Value { bytes: bytes.into(), content_type: None, expires: None };
            let bytes = value.bytes.clone();
            let record = Record { written, accepted: written, body: Body::Value(value) };
            let blob = BlobReference { id, length: bytes.len() as u64, checksum };
            let stored = StoredRecord::new(record.clone(), Some(blob)).encode();
            let read = StoredRecord::decode(stored.into()).unwrap();
            prop_assert_eq!(read.head.blob(), Some(blob));
            prop_assert_eq!(read.whole(Some(bytes)), record);
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes in any::<Vec<u8>>()) {
            let _ = StoredRecord::decode([&[FORMAT], &bytes[..]].concat().into());
            let _ = StoredRecord::decode_head([&[FORMAT], &bytes[..]].concat().into());
            let _ = apart_value::decode(bytes.into(), Version::BOTTOM);
        }

        #[test]
        fn a_value_that_lies_apart_is_known_by_its_version(
            written in version(), other in version(), value in any::<Vec<u8>>(),
        ) {
            let bytes = Bytes::from(apart_value::encode(written, &value));
            prop_assert_eq!(apart_value::decode(bytes.clone(), written), Ok(value.into()));
            let is_refused = apart_value::decode(bytes, other).is_err();
            prop_assert_eq!(is_refused, other != written);
        }

        #[test]
        fn a_record_that_was_cut_is_no_record(
            written in version(), body in body(), cut in any::<prop::sample::Index>(),
        ) {
            let record = Record { written, accepted: written, body };
            let mut bytes = StoredRecord::new(record, None).encode();
            bytes.truncate(cut.index(bytes.len()));
            prop_assert!(StoredRecord::decode(bytes.into()).is_err());
        }
    }
}
