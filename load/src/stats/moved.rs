//! Which keys a change of the ring has moved.

use std::collections::BTreeSet;

use ringway_ring::{Position, View};

/// Which keys a change of the ring has moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) keys: u64,
    /// Keys whose first holder is another one.
    pub(crate) first: u64,
    /// Copies that some node holds now and did not before.
    pub(crate) copies: u64,
    /// Of all.
    pub(crate) of_copies: u64,
}

impl Moved {
    pub(crate) fn between(
        before: &View,
        after: &View,
        keys: impl Iterator<Item = Vec<u8>>,
    ) -> Self {
        let mut moved = Self::default();
        for key in keys {
            let position = Position::of(&key);
            let holders = |view: &View| -> Vec<String> {
                let list = view.preference_list(view.partition(position));
                list.map(|node| node.id.as_str().to_owned()).collect()
            };
            let (old, new) = (holders(before), holders(after));
            moved.keys += 1;
            moved.first += u64::from(old.first() != new.first());
            moved.of_copies += new.len() as u64;
            let old: BTreeSet<_> = old.into_iter().collect();
            moved.copies += new.iter().filter(|node| !old.contains(*node)).count() as u64;
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use ringway_ring::{Epoch, ReplicationFactor, ViewNode};

    use super::*;

    #[test]
    fn a_fourth_node_takes_a_quarter_and_nothing_else_moves() {
        let node = |number: u16| {
            let id = format!("n{number}").parse().unwrap();
            ViewNode::new(id, ([127, 0, 0, 1], 8000 + number).into())
        };
        let partitions = ringway_ring::PartitionCount::DEFAULT;
        let create = |nodes: Vec<ViewNode>| {
            View::create(Epoch::FIRST, partitions, ReplicationFactor::DEFAULT, nodes).unwrap()
        };
        let before = create((1..=3).map(node).collect());
        let members: Vec<_> = (1..=4).map(|number| node(number).member()).collect();
        let next = ringway_ring::claim(before.assignment(), &members, ReplicationFactor::DEFAULT);
        let nodes = (1..=4).map(node).collect();
        let after =
            View::new(Epoch::FIRST, ReplicationFactor::DEFAULT, nodes, next, Vec::new()).unwrap();
        let keys = || (0..4000).map(|number| format!("k{number}").into_bytes());

        assert_eq!(
            Moved::between(&before, &before, keys()),
            Moved { keys: 4000, first: 0, copies: 0, of_copies: 12_000 }
        );
        let moved = Moved::between(&before, &after, keys());
        // A quarter of 12,000, and a deviation of some 50. Who is first changes for more keys: it
        // costs nothing to lead what one holds already.
        assert!(moved.copies.abs_diff(3000) < 250, "{moved:?}");
        assert!(moved.first > 860, "{moved:?}");
    }
}
