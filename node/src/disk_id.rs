//! Which disk a node's data lies on.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::random_id::RandomId;

/// Made by chance when a data directory is new, and kept in it: 128 bits, so no two are the
/// same. A node that comes back under its id with another one has lost what it acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DiskId(RandomId);

impl DiskId {
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

    /// Its bytes.
    #[must_use]
    pub const fn bytes(self) -> [u8; 16] {
        self.0.bytes()
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for DiskId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Debug for DiskId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "DiskId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_in_hexadecimal_from_its_first_byte() {
        let mut bytes = [0; 16];
        (bytes[0], bytes[15]) = (1, 0xab);
        assert_eq!(DiskId::new(bytes).to_string(), "010000000000000000000000000000ab");
    }

    #[test]
    fn no_two_are_the_same() {
        assert_ne!(DiskId::random().unwrap(), DiskId::random().unwrap());
    }
}
