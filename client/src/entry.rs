//! A key with all that belongs to it, as JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::stored_value::StoredValue;

/// A key with all that belongs to it, as JSON.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The key.
    pub(crate) key: String,
    /// Which version it was: a copy has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version: Option<String>,
    /// What it was said to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content_type: Option<String>,
    /// When it expires, in milliseconds since the beginning of 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expires_ms: Option<u64>,
    /// The value.
    #[serde(flatten)]
    pub(crate) value: EntryValue,
}

/// A value as JSON can have it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq, Eq)]
pub(crate) enum EntryValue {
    /// Text.
    #[serde(rename = "value")]
    Text(String),
    /// What is no UTF-8, in base64.
    #[serde(rename = "value_base64")]
    Base64(String),
}

impl Entry {
    /// The value that is stored under `key`.
    pub(crate) fn of(key: &str, stored: StoredValue) -> Self {
        let StoredValue { bytes, version, content_type, expires_ms } = stored;
        let (key, version) = (key.to_owned(), Some(version));
        Self { key, version, content_type, expires_ms, value: bytes.into() }
    }
}

impl EntryValue {
    /// Its bytes; nothing where it is no base64.
    pub(crate) fn into_bytes(self) -> Option<Vec<u8>> {
        match self {
            Self::Text(text) => Some(text.into_bytes()),
            Self::Base64(text) => STANDARD.decode(text).ok(),
        }
    }
}

impl From<bytes::Bytes> for EntryValue {
    fn from(bytes: bytes::Bytes) -> Self {
        match String::from_utf8(bytes.into()) {
            Ok(text) => Self::Text(text),
            Err(error) => Self::Base64(STANDARD.encode(error.as_bytes())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_stays_text_and_the_rest_is_base64() {
        let entry = |bytes: &'static [u8]| {
            let stored = StoredValue {
                bytes: bytes.into(),
                version: "1.1.7.1".into(),
                content_type: None,
                expires_ms: None,
            };
            serde_json::to_string(&Entry::of("a", stored)).unwrap()
        };
        let text = entry("Moin\n\"ü\"".as_bytes());
        assert_eq!(text, r#"{"key":"a","version":"1.1.7.1","value":"Moin\n\"ü\""}"#);
        let octets = entry(&[0xFF, 0]);
        assert_eq!(octets, r#"{"key":"a","version":"1.1.7.1","value_base64":"/wA="}"#);
    }
}
