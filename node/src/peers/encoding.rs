//! Messages as bytes: a length of four bytes, highest first, then postcard.

use bytes::{BufMut, BytesMut};
use postcard::ser_flavors::{Flavor, Size};
use postcard::{Result, serialize_with_flavor, take_from_bytes};

use super::PeerMessage;

/// What both ends of a connection must speak. Raise it with every change of what is sent
/// after the proofs: greetings, [`PeerMessage`] and all that is in it, acknowledgements.
/// postcard writes positions, not names, so a field or variant that is added, removed or
/// moved is such a change, though it compiles; the tests of the fixed bytes fail then.
pub(super) const PROTOCOL_VERSION: u32 = 3;

/// The bytes of `message` without those of its length.
///
/// # Errors
/// None for these messages: their sequences know their lengths.
pub(super) fn encoded_bytes(message: &PeerMessage) -> Result<usize> {
    serialize_with_flavor(message, Size::default())
}

/// Appends `message`, of which [`encoded_bytes`] said that it has `bytes`.
///
/// # Errors
/// As [`encoded_bytes`].
pub(super) fn append(into: &mut BytesMut, message: &PeerMessage, bytes: u32) -> Result<()> {
    into.reserve(4 + bytes as usize);
    into.put_u32(bytes);
    serialize_with_flavor(message, Appended(into))
}

/// The message that is `frame`, without its length. The bytes of values are copied out, so
/// that a small value doesn't keep the whole of a large read in memory.
///
/// # Errors
/// When it is none, or something follows.
pub(super) fn decode(frame: &[u8]) -> Result<PeerMessage> {
    match take_from_bytes(frame)? {
        (message, []) => Ok(message),
        _ => Err(postcard::Error::DeserializeBadEncoding),
    }
}

struct Appended<'a>(&'a mut BytesMut);

impl Flavor for Appended<'_> {
    type Output = ();

    fn try_extend(&mut self, data: &[u8]) -> Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn try_push(&mut self, byte: u8) -> Result<()> {
        self.0.put_u8(byte);
        Ok(())
    }

    fn finalize(self) -> Result<()> {
        Ok(())
    }
}
