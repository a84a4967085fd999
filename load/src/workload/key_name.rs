//! What the keys are called.

use std::io::Write;
use std::str::FromStr;

use thiserror::Error;

/// What the keys are called: a prefix that needs no escape in a path, and a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyName(String);

/// The prefix would need escapes.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("{0:?} has to be at most 900 letters, digits and any of - . _ ~ / : without a dot segment")]
pub(crate) struct BadPrefix(String);

impl KeyName {
    pub(crate) fn prefix(&self) -> &str {
        &self.0
    }

    /// Appends the key of number `index`: as text in order, as numbers are.
    pub(crate) fn write(&self, index: u64, to: &mut Vec<u8>) {
        to.extend_from_slice(self.0.as_bytes());
        // Writing to a Vec can't fail.
        let _ = write!(to, "{index:010}");
    }
}

impl FromStr for KeyName {
    type Err = BadPrefix;

    fn from_str(text: &str) -> Result<Self, BadPrefix> {
        let plain = text.len() <= 900
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~/:".contains(&byte))
            && text.split('/').all(|segment| segment != "." && segment != "..");
        plain.then(|| Self(text.to_owned())).ok_or_else(|| BadPrefix(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_order_as_text() {
        let name: KeyName = "bench/".parse().unwrap();
        let mut bytes = Vec::new();
        name.write(42, &mut bytes);
        assert_eq!(bytes, b"bench/0000000042");
        let text = |index| {
            let mut bytes = Vec::new();
            name.write(index, &mut bytes);
            bytes
        };
        assert!(text(9) < text(10));
    }

    #[test]
    fn what_a_path_would_have_to_escape_is_no_prefix() {
        for bad in ["a b", "ä", "a?b", "a%41", "a/../b", "a#"] {
            assert_eq!(bad.parse::<KeyName>(), Err(BadPrefix(bad.to_owned())));
        }
    }
}
