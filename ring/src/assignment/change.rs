//! The present assignment, changed by others than the claim: nodes that come and go
//! without holding anything, and transitions that are complete.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::{Assignment, AssignmentError, NodeIndex};
use crate::{NodeId, Partition, Transition};

impl Assignment {
    /// The same lists, among `nodes`, which are sorted and distinct. Nodes that hold
    /// nothing may be added or left out.
    ///
    /// # Errors
    /// When `nodes` is not sorted and distinct, or somebody who holds a partition is
    /// left out.
    pub fn among(&self, nodes: Vec<NodeId>) -> Result<Self, AssignmentError> {
        if nodes == self.nodes {
            return Ok(self.clone());
        }
        if !nodes.is_sorted_by(|one, next| one < next) {
            return Err(AssignmentError::NodesNotSorted);
        }
        let index_of = |id| nodes.binary_search(id).ok().map(NodeIndex::of);
        let indices: Vec<Option<NodeIndex>> = self.nodes.iter().map(index_of).collect();
        let mut lists = Vec::with_capacity(self.lists.len());
        for partition in self.partitions.iter() {
            for (holder, id) in self.list(partition).iter().zip(self.holders(partition)) {
                let index = indices.get(holder.get()).copied().flatten();
                let left_out = || AssignmentError::LeftOut { partition, id: id.clone() };
                lists.push(index.ok_or_else(left_out)?);
            }
        }
        Self::new(self.partitions, nodes, self.list_length, lists)
    }

    /// The assignment in which `transitions` are complete.
    ///
    /// # Errors
    /// When one names a partition or a node that is not there, or a list is not as long
    /// as the others: a new length takes a transition of every partition.
    pub fn completed(&self, transitions: &[Transition]) -> Result<Self, AssignmentError> {
        let next: BTreeMap<Partition, &Vec<NodeId>> =
            transitions.iter().map(|transition| (transition.partition, &transition.to)).collect();
        let present = self.partitions.iter().any(|partition| !next.contains_key(&partition));
        let first = next.values().next().filter(|_| !present);
        let list_length = first.map_or(self.list_length, |list| list.len());
        if let Some(&partition) = next.keys().find(|&&each| !self.partitions.contains(each)) {
            return Err(AssignmentError::NoSuchPartition { partition });
        }
        let mut lists = Vec::with_capacity(self.lists.len());
        for partition in self.partitions.iter() {
            let Some(to) = next.get(&partition) else {
                lists.extend_from_slice(self.list(partition));
                continue;
            };
            if to.len() != list_length {
                let (expected, found) = (list_length, to.len());
                return Err(AssignmentError::Uneven { partition, expected, found });
            }
            for id in *to {
                let left_out = |_| AssignmentError::LeftOut { partition, id: id.clone() };
                lists.push(NodeIndex::of(self.nodes.binary_search(id).map_err(left_out)?));
            }
        }
        Self::new(self.partitions, self.nodes.clone(), list_length, lists)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::{String, ToString};
    use alloc::vec;

    use super::*;
    use crate::PartitionCount;

    fn ids(names: &[&str]) -> Vec<NodeId> {
        names.iter().map(|name| name.parse().unwrap()).collect()
    }

    /// Everything is held by b and d.
    fn held_by_two(nodes: &[&str]) -> Assignment {
        let nodes = ids(nodes);
        let index = |name: &str| {
            let id: NodeId = name.parse().unwrap();
            NodeIndex::of(nodes.iter().position(|node| *node == id).unwrap())
        };
        let lists = [index("b"), index("d")].repeat(1024);
        Assignment::new(PartitionCount::MIN, nodes, 2, lists).unwrap()
    }

    fn transition(partition: u16, to: &[&str]) -> Transition {
        Transition { partition: Partition::new(partition), to: ids(to) }
    }

    fn names(assignment: &Assignment, partition: u16) -> Vec<String> {
        assignment.holders(Partition::new(partition)).map(ToString::to_string).collect()
    }

    #[test]
    fn who_holds_nothing_may_come_and_go() {
        let two = held_by_two(&["b", "d"]);
        let five = held_by_two(&["a", "b", "c", "d", "e"]);
        assert_eq!(two.among(ids(&["a", "b", "c", "d", "e"])), Ok(five.clone()));
        assert_eq!(five.among(ids(&["b", "d"])), Ok(two.clone()));
        assert_eq!(five.among(five.nodes().to_vec()), Ok(five));
        let (partition, id) = (Partition::new(0), "d".parse().unwrap());
        let left_out = AssignmentError::LeftOut { partition, id };
        assert_eq!(two.among(ids(&["a", "b", "c"])), Err(left_out));
        assert_eq!(two.among(ids(&["d", "b"])), Err(AssignmentError::NodesNotSorted));
    }

    #[test]
    fn what_is_complete_is_held_by_its_next_list_and_the_rest_as_before() {
        let present = held_by_two(&["a", "b", "c", "d"]);
        let next = present.completed(&[transition(7, &["c", "b"]), transition(1023, &["a", "d"])]);
        let next = next.unwrap();
        assert_eq!(
            [6, 7, 1023].map(|partition| names(&next, partition)),
            [vec!["b", "d"], vec!["c", "b"], vec!["a", "d"]]
        );
        assert_eq!(present.completed(&[]), Ok(present.clone()));
    }

    #[test]
    fn the_list_length_changes_for_all_or_for_none() {
        let present = held_by_two(&["a", "b", "c", "d"]);
        let all = |to: &[&str]| (0..1024).map(|partition| transition(partition, to)).collect();
        for to in [&["a"][..], &["c", "d", "a", "b"]] {
            let all: Vec<_> = all(to);
            let next = present.completed(&all).unwrap();
            assert_eq!((next.list_length(), names(&next, 1023)), (to.len(), names(&next, 0)));
            let (partition, expected, found) = (Partition::new(0), 2, to.len());
            let uneven = AssignmentError::Uneven { partition, expected, found };
            assert_eq!(present.completed(&all[..1023]), Err(uneven));
        }
    }

    #[test]
    fn a_transition_to_where_nothing_is_is_refused() {
        let present = held_by_two(&["a", "b", "c", "d"]);
        let partition = Partition::new(1024);
        let no_such = AssignmentError::NoSuchPartition { partition };
        assert_eq!(present.completed(&[transition(1024, &["a", "b"])]), Err(no_such));
        let (partition, id) = (Partition::new(3), "e".parse().unwrap());
        let left_out = AssignmentError::LeftOut { partition, id };
        assert_eq!(present.completed(&[transition(3, &["a", "e"])]), Err(left_out));
        let twice = AssignmentError::HeldTwice { partition, index: 0 };
        assert_eq!(present.completed(&[transition(3, &["a", "a"])]), Err(twice));
    }
}
