//! Who holds what, as the protocol needs to know it.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use ringway_ring::{Epoch, Partition, PartitionCount};

use crate::NodeNumber;

/// The holders of one partition, those it moves to, and since when that is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The epoch at which the lists became what they are: the first part of the ballots that
    /// are made under them. One configuration has one rule for quorums.
    pub configuration: Epoch,
    /// The holders in the order of preference. The first should lead.
    pub replicas: Vec<NodeNumber>,
    /// Where the partition moves to, in the order of preference then; empty where it stays.
    pub next: Vec<NodeNumber>,
    /// The epoch since which this node holds the partition without a break; none where it
    /// does not hold it.
    pub since: Option<Epoch>,
}

impl Group {
    /// The node that leads when it is well.
    #[must_use]
    pub fn primary(&self) -> Option<NodeNumber> {
        self.replicas.first().copied()
    }

    /// Whether `node` holds the partition, or is about to.
    #[must_use]
    pub fn contains(&self, node: NodeNumber) -> bool {
        self.replicas.contains(&node) || self.next.contains(&node)
    }

    /// Whether `node` may lead: one of those the partition only moves to does not yet.
    #[must_use]
    pub fn may_lead(&self, node: NodeNumber) -> bool {
        self.replicas.contains(&node)
    }

    /// Whether the holders are about to change.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        !self.next.is_empty()
    }

    /// Whether `nodes` are more than half of the holders and, while the partition moves, more
    /// than half of the next ones, counted apart (Raft §6). Any two such sets have a node of
    /// each list in common, and everything rests on that.
    #[must_use]
    pub fn is_majority(&self, nodes: &[NodeNumber]) -> bool {
        self.lists().all(|list| is_majority_of(list, nodes))
    }

    /// Whether those of which `is_one` holds are more than half of the holders, wherever the
    /// partition moves.
    #[must_use]
    pub fn is_majority_of_replicas(&self, is_one: impl Fn(NodeNumber) -> bool) -> bool {
        self.replicas.iter().filter(|&&node| is_one(node)).count() * 2 > self.replicas.len()
    }

    /// Whether every holder, and every next one, is among `nodes`.
    #[must_use]
    pub fn is_everyone(&self, nodes: &[NodeNumber]) -> bool {
        self.lists().flatten().all(|node| nodes.contains(node))
    }

    /// Whether those that are not among `nodes` are too few for a majority.
    #[must_use]
    pub fn blocks_majority(&self, nodes: &[NodeNumber]) -> bool {
        self.lists().any(|list| (list.len() - count(list, nodes)) * 2 <= list.len())
    }

    /// The holders and the next ones other than `node`, each once.
    pub fn others(&self, node: NodeNumber) -> impl Iterator<Item = NodeNumber> {
        let new = self.next.iter().filter(|new| !self.replicas.contains(new));
        self.replicas.iter().chain(new).copied().filter(move |&other| other != node)
    }

    /// The holder that a next one copies from first: one that stays has the least to do
    /// besides, and the primary if it is one of those.
    #[must_use]
    pub fn source(&self) -> Option<NodeNumber> {
        let stays = self.replicas.iter().find(|node| self.next.contains(node));
        stays.or(self.replicas.first()).copied()
    }

    fn lists(&self) -> impl Iterator<Item = &Vec<NodeNumber>> {
        [&self.replicas].into_iter().chain(self.is_moving().then_some(&self.next))
    }
}

fn is_majority_of(list: &[NodeNumber], nodes: &[NodeNumber]) -> bool {
    count(list, nodes) * 2 > list.len()
}

fn count(list: &[NodeNumber], nodes: &[NodeNumber]) -> usize {
    list.iter().filter(|node| nodes.contains(node)).count()
}

/// The holders of the partitions that one [`Replica`](crate::Replica) looks after, its own and
/// others': for the others it forwards. Those that are not named have the holders that they
/// had, so whoever tells only what has changed tells all of it, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    /// The view that says so.
    pub epoch: Epoch,
    /// How many there are in all: which of them a key is of.
    pub partitions: PartitionCount,
    /// For each partition its holders.
    pub groups: BTreeMap<Partition, Arc<Group>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn a_majority_is_more_than_half_and_what_blocks_one_is_the_rest() {
        for length in 1..=7_u32 {
            let replicas: Vec<_> = (0..length).map(NodeNumber::new).collect();
            let (configuration, next) = (Epoch::FIRST, vec![]);
            let group = Group { configuration, replicas: replicas.clone(), next, since: None };
            for count in 0..=replicas.len() {
                let (some, rest) = replicas.split_at(count);
                assert_eq!(group.is_majority(some), count * 2 > replicas.len());
                assert_eq!(group.blocks_majority(rest), !group.is_majority(some));
            }
            assert!(!group.is_majority(&[NodeNumber::new(99); 9]), "strangers don't count");
        }
    }

    #[test]
    fn while_a_partition_moves_each_list_needs_its_majority() {
        let [leaves, left, stays, comes, new] = [1, 2, 3, 4, 5].map(NodeNumber::new);
        let group = Group {
            configuration: Epoch::FIRST,
            replicas: vec![leaves, left, stays],
            next: vec![stays, comes, new],
            since: None,
        };
        assert!(group.is_majority(&[leaves, stays, comes]));
        assert!(!group.is_majority(&[leaves, left, stays]), "one of the next");
        assert!(!group.is_majority(&[stays, comes, new]), "one of the present");
        assert!(!group.is_majority(&[leaves, comes, new]), "three of five, not two of each");
        assert!(group.blocks_majority(&[leaves, left]) && group.blocks_majority(&[comes, new]));
        assert!(!group.blocks_majority(&[leaves, comes]));
        assert!(!group.is_everyone(&[leaves, left, stays]));
        assert!(group.is_everyone(&[leaves, left, stays, comes, new]));
        assert_eq!(group.others(stays).collect::<Vec<_>>(), [leaves, left, comes, new]);
        assert_eq!(group.source(), Some(stays));
    }
}
