//! Which cluster a node is of.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::peers::ClusterName;

/// Made by chance when a cluster is, 128 bits: two clusters of one name are told apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClusterId([u8; 16]);

impl ClusterId {
    /// The one with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// A new one.
    ///
    /// # Errors
    /// When the operating system has no randomness.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// That of a cluster whose nodes are all told its members, and so have nobody to make
    /// one for them: it follows from the name and from what tells its view from others. Nodes
    /// that were told of different members, or numbers of partitions, have different ones.
    #[must_use]
    pub fn of_members(name: &ClusterName, view_tag: &str) -> Self {
        // A name has no slash.
        let hash: [u8; 32] = Sha256::digest(format!("{name}/{view_tag}")).into();
        let [low, _] = hash.as_chunks::<16>().0 else {
            unreachable!("32 bytes are twice 16");
        };
        Self(*low)
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for ClusterId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:032x}", u128::from_be_bytes(self.0))
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
    fn clusters_of_two_names_or_views_have_two() {
        let of = |name: &str, tag| ClusterId::of_members(&name.parse().unwrap(), tag);
        assert_eq!(of("ringway", "1-ab"), of("ringway", "1-ab"));
        assert_ne!(of("ringway", "1-ab"), of("ringway-2", "1-ab"));
        assert_ne!(of("ringway", "1-ab"), of("ringway", "1-cd"));
        assert_ne!(ClusterId::random().unwrap(), ClusterId::random().unwrap());
    }
}
