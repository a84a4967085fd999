//! Which node served which part of the keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use ringway_ring::{Position, View};

use super::ChiSquare;

/// Which node served which part of the keys, beside what it should be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Distribution {
    pub(crate) nodes: Vec<NodeShare>,
    /// Of what was served, against the nodes' weights.
    pub(crate) chi_square: ChiSquare,
    /// The largest number of keys a weight, against that of all.
    pub(crate) peak: f64,
}

/// One node's part.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NodeShare {
    pub(crate) name: String,
    /// How many keys it answered for.
    pub(crate) served: u64,
    /// How many it is the first holder of.
    pub(crate) first: u64,
    /// How many its weight asks for.
    pub(crate) expected: f64,
}

impl Distribution {
    /// Of keys that were each asked for once. Nodes that hold nothing don't count, unless they
    /// have served.
    pub(crate) fn new(
        view: &View,
        served: &BTreeMap<Arc<str>, u64>,
        keys: impl Iterator<Item = Vec<u8>>,
    ) -> Self {
        let mut first = BTreeMap::<&str, u64>::new();
        let mut weights = BTreeMap::<&str, u64>::new();
        for partition in view.assignment().partitions().iter() {
            for node in view.preference_list(partition) {
                weights.insert(node.id.as_str(), node.weight.get().into());
            }
        }
        for key in keys {
            let partition = view.partition(Position::of(&key));
            if let Some(node) = view.preference_list(partition).next() {
                *first.entry(node.id.as_str()).or_default() += 1;
            }
        }
        for name in served.keys() {
            weights.entry(name).or_insert(1);
        }
        let all: u64 = served.values().sum();
        let weight: u64 = weights.values().sum();
        let share = |(name, own): (&&str, &u64)| NodeShare {
            name: (*name).to_owned(),
            served: served.get(*name).copied().unwrap_or(0),
            first: first.get(name).copied().unwrap_or(0),
            expected: all as f64 * *own as f64 / weight as f64,
        };
        let nodes: Vec<_> = weights.iter().map(share).collect();
        let counts: Vec<_> = nodes.iter().map(|node| (node.served as f64, node.expected)).collect();
        let peak = counts.iter().map(|(served, expected)| served / expected).fold(0.0, f64::max);
        Self { nodes, chi_square: ChiSquare::new(&counts), peak }
    }
}

#[cfg(test)]
mod tests {
    use ringway_ring::{Epoch, PartitionCount, ReplicationFactor, ViewNode};

    use super::*;

    fn view(nodes: u16) -> View {
        let node = |number: u16| {
            let id = format!("n{number}").parse().unwrap();
            ViewNode::new(id, ([127, 0, 0, 1], 8000 + number).into())
        };
        let nodes = (1..=nodes).map(node).collect();
        View::create(Epoch::FIRST, PartitionCount::DEFAULT, ReplicationFactor::DEFAULT, nodes)
            .unwrap()
    }

    fn keys() -> impl Iterator<Item = Vec<u8>> {
        (0..3000).map(|number| format!("k{number}").into_bytes())
    }

    #[test]
    fn keys_served_by_their_first_holders_are_as_even_as_chance() {
        let view = view(3);
        let mut served = BTreeMap::<Arc<str>, u64>::new();
        for key in keys() {
            let node = view.preference_list(view.partition(Position::of(&key))).next().unwrap();
            *served.entry(node.id.as_str().into()).or_default() += 1;
        }
        let distribution = Distribution::new(&view, &served, keys());
        assert_eq!(distribution.nodes.len(), 3);
        assert!(distribution.nodes.iter().all(|node| node.served == node.first));
        assert!(distribution.chi_square.probability() > 0.01);
        assert!(distribution.peak > 1.0 && distribution.peak < 1.1);
    }

    #[test]
    fn one_node_that_serves_everything_is_seen() {
        let served = BTreeMap::from([("n1".into(), 3000)]);
        let distribution = Distribution::new(&view(3), &served, keys());
        assert!(distribution.chi_square.probability() < 1e-9);
        assert!((distribution.peak - 3.0).abs() < 1e-9);
    }
}
