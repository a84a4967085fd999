//! A value that lies apart from its record, as bytes: the version that it was written under,
//! which names it, and then the value. Whoever has read the record knows by the version
//! whether this is its value, or one that has replaced it since.

use bytes::Bytes;
use ringway_replica::Version;

use super::format_error::FormatError;
use super::version_bytes::{VERSION_BYTES, put_version, take_version};

pub(super) fn encode(written: Version, value: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(VERSION_BYTES + value.len());
    put_version(&mut bytes, written);
    bytes.extend_from_slice(value);
    bytes
}

/// The value in `bytes`, if it is the one that was `written` then; without copying it.
pub(super) fn decode(mut bytes: Bytes, written: Version) -> Result<Bytes, FormatError> {
    let length = bytes.len();
    match take_version(&mut bytes) {
        Some(version) if version == written => Ok(bytes),
        _ => Err(FormatError { what: "value", length }),
    }
}
