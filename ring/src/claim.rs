//! Who should hold what: the next assignment from the present one.

use alloc::vec::Vec;

use crate::{Assignment, Member, NodeIndex, ReplicationFactor};

/// The next assignment.
#[must_use]
pub fn claim(present: &Assignment, members: &[Member], factor: ReplicationFactor) -> Assignment {
    let mut nodes: Vec<_> = members.iter().map(|member| member.id.clone()).collect();
    nodes.sort();
    let length = factor.capped(nodes.len());
    let mut lists = Vec::new();
    for partition in present.partitions().iter() {
        for place in 0..length {
            let index = (usize::from(partition.get()) + place) % nodes.len();
            lists.push(NodeIndex::new(u16::try_from(index).unwrap_or_default()));
        }
    }
    Assignment::new(present.partitions(), nodes, length, lists)
        .unwrap_or_else(|_| Assignment::unassigned(present.partitions()))
}
