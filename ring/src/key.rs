//! What a value is stored under.

use alloc::borrow::{Cow, ToOwned};
use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::Position;

/// The longest key, in bytes after percent-decoding.
pub const MAX_KEY_BYTES: usize = 1024;

/// 1 to 1024 bytes of UTF-8: a key that every edge and node accepts.
///
/// Borrows from the request where nothing in it was escaped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key<'a>(Cow<'a, str>);

impl<'a> Key<'a> {
    /// `text` as a key.
    ///
    /// # Errors
    /// When it is empty or longer than [`MAX_KEY_BYTES`].
    #[inline]
    pub fn new(text: impl Into<Cow<'a, str>>) -> Result<Self, KeyError> {
        let text = text.into();
        match text.len() {
            1..=MAX_KEY_BYTES => Ok(Self(text)),
            0 => Err(KeyError::Empty),
            length => Err(KeyError::TooLong { length }),
        }
    }

    /// `bytes` as a key.
    ///
    /// # Errors
    /// As [`Key::new`], and when they are not UTF-8.
    pub fn from_bytes(bytes: Cow<'a, [u8]>) -> Result<Self, KeyError> {
        let text = match bytes {
            Cow::Borrowed(bytes) => core::str::from_utf8(bytes).map(Cow::Borrowed).ok(),
            Cow::Owned(bytes) => String::from_utf8(bytes).map(Cow::Owned).ok(),
        };
        Self::new(text.ok_or(KeyError::InvalidUtf8)?)
    }

    /// The key itself.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where it lies on the ring.
    #[inline]
    #[must_use]
    pub fn position(&self) -> Position {
        Position::of(self.0.as_bytes())
    }

    /// The same key, owning its text.
    #[must_use]
    pub fn into_owned(self) -> Key<'static> {
        Key(Cow::Owned(self.0.into_owned()))
    }

    /// The same key, borrowed.
    #[must_use]
    pub fn borrowed(&self) -> Key<'_> {
        Key(Cow::Borrowed(&self.0))
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Serialize for Key<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// As strict as [`Key::new`].
impl<'de> Deserialize<'de> for Key<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Key::new(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

impl From<Key<'_>> for String {
    fn from(key: Key<'_>) -> Self {
        key.as_str().to_owned()
    }
}

/// Why something is no key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// There is nothing.
    #[error("the key is empty")]
    Empty,
    /// It is longer than [`MAX_KEY_BYTES`].
    #[error("the key is {length} bytes long; the limit is {MAX_KEY_BYTES}")]
    TooLong {
        /// Its length in bytes, after decoding.
        length: usize,
    },
    /// Its bytes, after decoding, are not UTF-8.
    #[error("the key is not UTF-8")]
    InvalidUtf8,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_1_to_1024_bytes_whatever_its_characters() {
        assert_eq!(Key::new(""), Err(KeyError::Empty));
        for length in [1, MAX_KEY_BYTES] {
            assert_eq!(Key::new("k".repeat(length)).unwrap().as_str().len(), length);
        }
        assert_eq!(Key::new("k".repeat(1025)), Err(KeyError::TooLong { length: 1025 }));
        assert!(Key::new("ü".repeat(512)).is_ok());
        assert_eq!(Key::new("ü".repeat(513)), Err(KeyError::TooLong { length: 1026 }));
    }

    #[test]
    fn bytes_are_a_key_when_they_are_utf_8_borrowed_or_not() {
        let good = "né".as_bytes();
        for bytes in [Cow::Borrowed(good), Cow::Owned(good.to_vec())] {
            assert_eq!(Key::from_bytes(bytes).unwrap().as_str(), "né");
        }
        for bytes in [Cow::Borrowed(&b"n\xc3"[..]), Cow::Owned(b"n\xc3".to_vec())] {
            assert_eq!(Key::from_bytes(bytes), Err(KeyError::InvalidUtf8));
        }
        assert_eq!(Key::from_bytes(Cow::Borrowed(b"")), Err(KeyError::Empty));
    }

    #[test]
    fn who_owns_the_text_makes_no_difference() {
        let key = Key::new("a/b").unwrap();
        let owned = key.clone().into_owned();
        assert_eq!(owned, key);
        assert_eq!(owned.borrowed(), key);
        assert_eq!(owned.position(), key.position());
        assert_eq!(String::from(owned), "a/b");
    }
}
