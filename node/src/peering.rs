//! How nodes are called among themselves.

use ringway_replica::NodeNumber;
use ringway_ring::{NodeId, Position};

/// The name of node `id` in ballots and messages: the low 32 bits of XXH64 of its id. It
/// follows from the id alone, so that nobody has to agree on it; two members with the
/// same one are refused with the configuration.
#[must_use]
pub fn node_number(id: &NodeId) -> NodeNumber {
    let [a, b, c, d, ..] = Position::of(id.as_str().as_bytes()).get().to_le_bytes();
    NodeNumber::new(u32::from_le_bytes([a, b, c, d]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_has_the_same_number_for_ever() {
        let hash = twox_hash::XxHash64::oneshot(0, b"n1");
        let number = u64::from(node_number(&"n1".parse().unwrap()).get());
        assert_eq!(number, hash & 0xffff_ffff);
        assert_eq!(number, 4_105_176_231);
    }
}
