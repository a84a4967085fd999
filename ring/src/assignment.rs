//! Who holds what.

mod change;

use alloc::vec::Vec;

use thiserror::Error;

use crate::{NodeId, Partition, PartitionCount};

/// A node's place in the sorted list of an [`Assignment`]'s nodes. It means something
/// only together with that assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(u16);

impl NodeIndex {
    /// The index `index`.
    #[must_use]
    pub const fn new(index: u16) -> Self {
        Self(index)
    }

    /// The index of the node numbered `number`, of at most 65,536.
    pub(crate) fn of(number: usize) -> Self {
        let index = u16::try_from(number);
        Self(index.unwrap_or_else(|_| unreachable!("node number {number} is past every index")))
    }

    /// As an index into the assignment's nodes.
    #[inline]
    #[must_use]
    pub fn get(self) -> usize {
        usize::from(self.0)
    }
}

/// For each partition the preference list: the ordered, distinct nodes that hold it,
/// the first of them its primary. All lists are of one length. Some nodes may hold
/// nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    partitions: PartitionCount,
    /// Sorted and distinct.
    nodes: Vec<NodeId>,
    list_length: usize,
    /// The lists, one after the other.
    lists: Vec<NodeIndex>,
}

impl Assignment {
    /// Of a cluster that has no nodes yet: nobody holds anything.
    #[must_use]
    pub fn unassigned(partitions: PartitionCount) -> Self {
        Self { partitions, nodes: Vec::new(), list_length: 0, lists: Vec::new() }
    }

    /// `lists` holds, partition by partition, `list_length` indices into `nodes`.
    ///
    /// # Errors
    /// When `nodes` is not sorted and distinct, or `lists` is not of the right length,
    /// names a node that is not there, or names one twice for a partition.
    pub fn new(
        partitions: PartitionCount,
        nodes: Vec<NodeId>,
        list_length: usize,
        lists: Vec<NodeIndex>,
    ) -> Result<Self, AssignmentError> {
        if !nodes.is_sorted_by(|one, next| one < next) {
            return Err(AssignmentError::NodesNotSorted);
        }
        // At most 65,536 × 65,536, and compared as u64 so that wasm32 can't overflow.
        let expected = u64::from(partitions.get()) * list_length as u64;
        if lists.len() as u64 != expected {
            return Err(AssignmentError::WrongLength { expected, found: lists.len() });
        }
        if list_length > 0 {
            for (partition, list) in partitions.iter().zip(lists.chunks_exact(list_length)) {
                check_list(partition, list, nodes.len())?;
            }
        }
        Ok(Self { partitions, nodes, list_length, lists })
    }

    /// The number of partitions.
    #[must_use]
    pub fn partitions(&self) -> PartitionCount {
        self.partitions
    }

    /// The nodes, sorted.
    #[must_use]
    pub fn nodes(&self) -> &[NodeId] {
        &self.nodes
    }

    /// How many nodes hold each partition.
    #[must_use]
    pub fn list_length(&self) -> usize {
        self.list_length
    }

    /// The preference list of `partition`; empty for a partition that this ring does
    /// not have. O(1).
    #[inline]
    #[must_use]
    pub fn list(&self, partition: Partition) -> &[NodeIndex] {
        let start = usize::from(partition.get()) * self.list_length;
        let from_here = self.lists.get(start..);
        from_here.and_then(|lists| lists.get(..self.list_length)).unwrap_or_else(nobody)
    }

    /// The nodes that hold `partition`, its primary first.
    pub fn holders(&self, partition: Partition) -> impl Iterator<Item = &NodeId> {
        self.list(partition).iter().filter_map(|holder| self.nodes.get(holder.get()))
    }

    /// Every preference list, in the order of the partitions.
    #[must_use]
    pub fn lists(&self) -> impl ExactSizeIterator<Item = &[NodeIndex]> {
        self.partitions.iter().map(|partition| self.list(partition))
    }
}

/// The list of a partition that is not there. Called cold, so that the compiler predicts
/// the lists that are there rather than choose between the two for every lookup.
#[cold]
fn nobody<'a>() -> &'a [NodeIndex] {
    &[]
}

fn check_list(
    partition: Partition,
    list: &[NodeIndex],
    nodes: usize,
) -> Result<(), AssignmentError> {
    for (place, &node) in list.iter().enumerate() {
        if node.get() >= nodes {
            return Err(AssignmentError::NoSuchNode { partition, index: node.get() });
        }
        if list.iter().take(place).any(|&earlier| earlier == node) {
            return Err(AssignmentError::HeldTwice { partition, index: node.get() });
        }
    }
    Ok(())
}

/// Why something is no assignment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AssignmentError {
    /// The nodes are not in ascending order, or one is there twice.
    #[error("the nodes are not sorted and distinct")]
    NodesNotSorted,
    /// There are too many or too few entries.
    #[error("the preference lists have {found} entries instead of {expected}")]
    WrongLength {
        /// Partitions times list length.
        expected: u64,
        /// What was given.
        found: usize,
    },
    /// A list names a node that is not there.
    #[error("partition {partition} is held by node number {index}, which is not there")]
    NoSuchNode {
        /// Whose list.
        partition: Partition,
        /// The index that leads nowhere.
        index: usize,
    },
    /// A list names a node twice.
    #[error("partition {partition} is held twice by node number {index}")]
    HeldTwice {
        /// Whose list.
        partition: Partition,
        /// The node that is there twice.
        index: usize,
    },
    /// Somebody who holds a partition, or is about to, is not among the nodes.
    #[error("partition {partition} is held by {id}, which is not there")]
    LeftOut {
        /// Which partition.
        partition: Partition,
        /// Who is missing.
        id: NodeId,
    },
    /// A partition that the ring does not have.
    #[error("there is no partition {partition}")]
    NoSuchPartition {
        /// Which.
        partition: Partition,
    },
    /// Some lists would be longer than others.
    #[error("partition {partition} would be held by {found} nodes, and others by {expected}")]
    Uneven {
        /// Which.
        partition: Partition,
        /// How many hold each of the others.
        expected: usize,
        /// How many would hold it.
        found: usize,
    },
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    const PARTITIONS: PartitionCount = PartitionCount::MIN;

    fn nodes(names: &[&str]) -> Vec<NodeId> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    /// Lists of two over three nodes, with partition 5's as given.
    fn with_list(list: [u16; 2]) -> Result<Assignment, AssignmentError> {
        let mut lists = [2, 0].map(NodeIndex::new).repeat(1024);
        lists[10..12].copy_from_slice(&list.map(NodeIndex::new));
        Assignment::new(PARTITIONS, nodes(&["a", "b", "c"]), 2, lists)
    }

    #[test]
    fn each_partition_has_its_own_list() {
        let assignment = with_list([1, 2]).unwrap();
        assert_eq!(assignment.list(Partition::new(5)), [1, 2].map(NodeIndex::new));
        assert_eq!(assignment.list(Partition::new(1023)), [2, 0].map(NodeIndex::new));
        assert_eq!(assignment.list(Partition::new(1024)), []);
        assert_eq!(assignment.list(Partition::new(u16::MAX)), []);
        let lists: Vec<_> = assignment.lists().collect();
        assert_eq!(lists.len(), 1024);
        assert_eq!(lists[5], [1, 2].map(NodeIndex::new));
    }

    #[test]
    fn a_list_that_contradicts_itself_is_named() {
        let partition = Partition::new(5);
        let no_such = AssignmentError::NoSuchNode { partition, index: 3 };
        assert_eq!(with_list([0, 3]), Err(no_such));
        assert_eq!(with_list([1, 1]), Err(AssignmentError::HeldTwice { partition, index: 1 }));
    }

    #[test]
    fn nodes_are_sorted_and_distinct_and_lists_complete() {
        for names in [&["b", "a"][..], &["a", "a"]] {
            let lists = vec![NodeIndex::new(0); 1024];
            let refused = Assignment::new(PARTITIONS, nodes(names), 1, lists);
            assert_eq!(refused, Err(AssignmentError::NodesNotSorted));
        }
        for found in [0, 1023, 1025, 2048] {
            let lists = vec![NodeIndex::new(0); found];
            let refused = Assignment::new(PARTITIONS, nodes(&["a"]), 1, lists);
            assert_eq!(refused, Err(AssignmentError::WrongLength { expected: 1024, found }));
        }
    }

    #[test]
    fn before_there_are_nodes_nobody_holds_anything() {
        let unassigned = Assignment::unassigned(PARTITIONS);
        assert_eq!(unassigned.lists().filter(|list| list.is_empty()).count(), 1024);
        assert_eq!(Assignment::new(PARTITIONS, Vec::new(), 0, Vec::new()), Ok(unassigned));
    }
}
