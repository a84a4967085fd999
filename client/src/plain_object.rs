//! The one-object file, `{"key": "value"}`, read as it comes.

use std::fmt;
use std::io::Read;

use serde::Deserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::Value;

use crate::plain_value::from_plain;

/// A key of it, and its value.
pub(crate) struct PlainEntry {
    pub(crate) key: String,
    pub(crate) bytes: Vec<u8>,
    /// Whether it is a number, a list or another thing that is no text: its JSON is the value.
    pub(crate) is_json: bool,
}

/// Gives `take` each key of the object that `input` is, until that is told to stop. Blocks.
///
/// # Errors
/// When it is no object, or can't be read.
pub(crate) fn read_object(
    input: impl Read,
    take: impl FnMut(PlainEntry) -> bool,
) -> Result<(), serde_json::Error> {
    let mut json = serde_json::Deserializer::from_reader(input);
    json.deserialize_map(Entries(take))?;
    json.end()
}

struct Entries<T>(T);

impl<'de, T: FnMut(PlainEntry) -> bool> Visitor<'de> for Entries<T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, {\"key\": \"value\"}")
    }

    fn visit_map<M: MapAccess<'de>>(mut self, mut map: M) -> Result<(), M::Error> {
        while let Some((key, value)) = map.next_entry::<String, Value>()? {
            let entry = match value {
                Value::String(text) => PlainEntry { key, bytes: from_plain(text), is_json: false },
                other => PlainEntry { key, bytes: other.to_string().into_bytes(), is_json: true },
            };
            if !(self.0)(entry) {
                return Err(M::Error::custom("nobody takes the rest"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<(String, Vec<u8>, bool)>, String> {
        let mut entries = Vec::new();
        let take = |entry: PlainEntry| {
            entries.push((entry.key, entry.bytes, entry.is_json));
            true
        };
        read_object(text.as_bytes(), take).map_err(|error| error.to_string())?;
        Ok(entries)
    }

    #[test]
    fn every_kind_of_value_is_taken() {
        let entries = read(r#"{"a": "text", "b": {"c": [1, null]}, "d": "data:;base64,/wA="}"#);
        let expected = [
            ("a".to_owned(), b"text".to_vec(), false),
            ("b".to_owned(), br#"{"c":[1,null]}"#.to_vec(), true),
            ("d".to_owned(), vec![0xFF, 0], false),
        ];
        assert_eq!(entries.unwrap(), expected);
        assert!(read("{}").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_object_is_told() {
        for text in ["", "[]", "{\"a\"", "{\"a\": \"b\"", "{} {}", "\"a\""] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read("[1]").unwrap_err().contains("expected an object"), "{:?}", read("[1]"));
    }
}
