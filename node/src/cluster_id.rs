//! Which cluster a node is of.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::random_id::RandomId;

/// Made by chance when a cluster is, 128 bits: two clusters of one name are told apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterId(RandomId);

impl ClusterId {
    /// The one with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(RandomId::new(bytes))
    }

    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        RandomId::random().map(Self)
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for ClusterId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Debug for ClusterId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ClusterId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_in_hexadecimal_from_its_first_byte() {
        let mut bytes = [0; 16];
        (bytes[0], bytes[15]) = (1, 0xab);
        assert_eq!(ClusterId::new(bytes).to_string(), "010000000000000000000000000000ab");
    }

    #[test]
    fn no_two_are_the_same() {
        assert_ne!(ClusterId::random().unwrap(), ClusterId::random().unwrap());
    }
}
