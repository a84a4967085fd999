//! Who holds what, as the protocol needs to know it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use ringway_ring::{Epoch, Partition, PartitionCount};

use crate::NodeNumber;

/// The holders of one partition: its preference list, and since when it is that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The epoch at which these became the holders: the first part of their ballots.
    pub configuration: Epoch,
    /// The holders in the order of preference. The first should lead.
    pub replicas: Vec<NodeNumber>,
}

impl Group {
    /// The node that leads when it is well.
    #[must_use]
    pub fn primary(&self) -> Option<NodeNumber> {
        self.replicas.first().copied()
    }

    /// Whether `node` holds the partition.
    #[must_use]
    pub fn contains(&self, node: NodeNumber) -> bool {
        self.replicas.contains(&node)
    }

    /// Whether `nodes` are more than half of the holders. Any two majorities have a holder
    /// in common, and everything rests on that.
    #[must_use]
    pub fn is_majority(&self, nodes: &[NodeNumber]) -> bool {
        self.count(nodes) * 2 > self.replicas.len()
    }

    /// Whether every holder is among `nodes`.
    #[must_use]
    pub fn is_everyone(&self, nodes: &[NodeNumber]) -> bool {
        self.count(nodes) == self.replicas.len()
    }

    /// Whether the holders that are not among `nodes` are too few for a majority.
    #[must_use]
    pub fn blocks_majority(&self, nodes: &[NodeNumber]) -> bool {
        (self.replicas.len() - self.count(nodes)) * 2 <= self.replicas.len()
    }

    /// The holders other than `node`.
    pub fn others(&self, node: NodeNumber) -> impl Iterator<Item = NodeNumber> {
        self.replicas.iter().copied().filter(move |&other| other != node)
    }

    fn count(&self, nodes: &[NodeNumber]) -> usize {
        self.replicas.iter().filter(|replica| nodes.contains(replica)).count()
    }
}

/// The holders of every partition that one [`Replica`](crate::Replica) looks after, its
/// own and others': for the others it forwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The view that says so.
    pub epoch: Epoch,
    /// How many there are in all: which of them a key is of.
    pub partitions: PartitionCount,
    /// For each partition its holders.
    pub groups: BTreeMap<Partition, Group>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_majority_is_more_than_half_and_what_blocks_one_is_the_rest() {
        for length in 1..=7_u32 {
            let replicas: Vec<_> = (0..length).map(NodeNumber::new).collect();
            let group = Group { configuration: Epoch::FIRST, replicas: replicas.clone() };
            for count in 0..=replicas.len() {
                let (some, rest) = replicas.split_at(count);
                assert_eq!(group.is_majority(some), count * 2 > replicas.len());
                assert_eq!(group.blocks_majority(rest), !group.is_majority(some));
            }
            assert!(!group.is_majority(&[NodeNumber::new(99); 9]), "strangers don't count");
        }
    }
}
