//! How the copies of a partition spread over the zones.

use alloc::vec;
use alloc::vec::Vec;

use crate::{NodeIndex, Zone};

/// The zones, and how many copies of every partition each may hold.
///
/// As even as the zones' sizes allow: with `L` the smallest level at which
/// `Σ min(L, nodes)` reaches the number of copies, every zone holds `L - 1` or `L`
/// copies of each partition, or as many as it has nodes. While there are more zones than
/// copies `L` is 1, and no two copies share a zone.
pub(super) struct Zones {
    /// `L`.
    level: usize,
    /// Zone of each node.
    of: Vec<usize>,
    /// Nodes of each zone.
    nodes: Vec<Vec<NodeIndex>>,
}

impl Zones {
    /// `names` are the nodes' zones. Where each node has its own, there is nothing that
    /// zones could add to distinct nodes: all count as one.
    pub(super) fn new(names: &[&Zone], copies: usize) -> Self {
        let mut distinct = names.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        if distinct.len() == names.len() {
            distinct.truncate(1);
        }
        let zone_of = |name: &&Zone| distinct.binary_search(name).unwrap_or_default();
        let of: Vec<usize> = names.iter().map(zone_of).collect();
        let mut nodes = vec![Vec::new(); distinct.len()];
        for (node, &zone) in of.iter().enumerate() {
            nodes[zone].push(NodeIndex::of(node));
        }
        let capacity =
            |level| nodes.iter().map(|nodes: &Vec<_>| nodes.len().min(level)).sum::<usize>();
        let level = (1..=copies).find(|&level| capacity(level) >= copies).unwrap_or(copies);
        Self { level, of, nodes }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.nodes.len()
    }

    /// The zone of `node`.
    pub(super) fn of(&self, node: NodeIndex) -> usize {
        self.of[node.get()]
    }

    /// The nodes of `zone`, in order.
    pub(super) fn nodes(&self, zone: usize) -> &[NodeIndex] {
        self.nodes.get(zone).map(Vec::as_slice).unwrap_or_default()
    }

    /// The fewest copies of a partition that `zone` holds.
    pub(super) fn lowest(&self, zone: usize) -> usize {
        self.nodes(zone).len().min(self.level - 1)
    }

    /// The most copies of a partition that `zone` holds.
    pub(super) fn highest(&self, zone: usize) -> usize {
        self.nodes(zone).len().min(self.level)
    }

    /// Whether no zone ever holds two copies of a partition.
    pub(super) fn are_exclusive(&self) -> bool {
        self.level == 1
    }
}
