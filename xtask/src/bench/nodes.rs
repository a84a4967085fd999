//! Nodes to measure rings with.

use ringway_ring::{Member, NodeId, Weight, Zone};

/// Nodes `n0`, `n1`, … of equal weight.
pub(super) fn members(numbers: impl Iterator<Item = usize>) -> Vec<Member> {
    let zone = Zone::default();
    let member = |number| Member { id: id(number), zone: zone.clone(), weight: Weight::ONE };
    numbers.map(member).collect()
}

/// The name of node `number`.
pub(super) fn id(number: usize) -> NodeId {
    let id = format!("n{number}").parse();
    id.unwrap_or_else(|error| unreachable!("{error}"))
}
