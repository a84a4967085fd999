//! Which of a partition's holders is its primary.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::before::Before;
use super::cluster::Cluster;
use super::flow::{Infeasible, Network, Search, Vertex};
use super::load::Load;
use super::shares::{self, Share};
use crate::NodeIndex;

/// For each partition one of its holders in `lists`, such that nodes are primaries of
/// what their weight asks for, and as few primaries as possible change.
pub(super) fn solve(cluster: &Cluster, before: &Before, lists: &[NodeIndex]) -> Vec<NodeIndex> {
    let shares = shares::primaries(cluster);
    // Shares are a fractional solution where every group of nodes that a bound of a zone
    // holds together has as many copies of each partition as of any other. Rounding can
    // leave such a group short of a few, and then whole primaries may need some slack.
    let primaries = (0..=cluster.partitions)
        .find_map(|slack| Primaries::solved(cluster, before, lists, &shares, slack).ok());
    primaries.unwrap_or_else(|| unreachable!("any holder will do with enough slack"))
}

struct Primaries<'c> {
    cluster: &'c Cluster,
    lists: &'c [NodeIndex],
    /// The primary so far, where it still holds the partition: any other costs 1.
    before: Vec<Option<NodeIndex>>,
    now: Vec<Option<NodeIndex>>,
    load: Load,
}

impl<'c> Primaries<'c> {
    fn solved(
        cluster: &'c Cluster,
        before: &Before,
        lists: &'c [NodeIndex],
        shares: &[Share],
        slack: u32,
    ) -> Result<Vec<NodeIndex>, Infeasible> {
        let count = cluster.partitions as usize;
        let load = Load::new(cluster, shares, count, slack);
        let nobody = vec![None; count];
        let mut network = Self { cluster, lists, before: nobody.clone(), now: nobody, load };
        network.keep(before);
        let vertices = network.vertex(cluster.partitions) as usize;
        let mut search = Search::new(vertices, network.vertex(0));
        for partition in 0..cluster.partitions {
            if network.now[partition as usize].is_none() {
                let source = network.vertex(partition);
                search.augment(&mut network, source)?;
            }
        }
        let sink = network.load.sink();
        while network.load.has_surplus() {
            search.augment(&mut network, sink)?;
        }
        Ok(network.now.into_iter().flatten().collect())
    }

    /// Begins with the present primaries, as far as bounds allow. Where the primary has
    /// left, any holder costs the same, and the next in the list has the data already.
    fn keep(&mut self, before: &Before) {
        for partition in 0..self.cluster.partitions {
            let primary = before.primary(partition).filter(|&node| self.holds(partition, node));
            self.before[partition as usize] = primary;
            if let Some(node) = primary {
                self.place(partition, node);
            }
        }
        for node in self.cluster.nodes() {
            let mut partitions = self.load.held(node).to_vec();
            partitions.sort_by_cached_key(|&partition| self.cluster.draw(partition, node));
            for partition in partitions.into_iter().take(self.load.excess(node)) {
                self.remove(partition, node);
            }
        }
        for partition in 0..self.cluster.partitions {
            let can_follow =
                |&node: &NodeIndex| self.holds(partition, node) && self.load.has_room(node);
            if self.before[partition as usize].is_none()
                && let Some(node) = before.holders(partition).find(can_follow)
            {
                self.place(partition, node);
            }
        }
    }

    fn list(&self, partition: u32) -> &'c [NodeIndex] {
        let start = partition as usize * self.cluster.copies;
        &self.lists[start..start + self.cluster.copies]
    }

    fn holds(&self, partition: u32, node: NodeIndex) -> bool {
        self.list(partition).contains(&node)
    }

    fn cost(&self, partition: u32, node: NodeIndex) -> i32 {
        i32::from(self.before[partition as usize].is_some_and(|primary| primary != node))
    }

    fn place(&mut self, partition: u32, node: NodeIndex) {
        self.now[partition as usize] = Some(node);
        self.load.take(partition, node);
    }

    fn remove(&mut self, partition: u32, node: NodeIndex) {
        self.now[partition as usize] = None;
        self.load.release(partition, node);
    }

    /// The partitions' vertices follow the sink's.
    fn vertex(&self, partition: u32) -> Vertex {
        self.load.sink() + 1 + partition
    }
}

impl Network for Primaries<'_> {
    fn expand(&mut self, vertex: Vertex, search: &mut Search) {
        let sink = self.load.sink();
        match vertex.cmp(&sink) {
            Ordering::Less => {
                let node = NodeIndex::of(vertex as usize);
                self.load.expand_node(search, node);
                for &partition in self.load.held(node) {
                    let cost = -self.cost(partition, node);
                    search.relax(vertex, self.vertex(partition), cost);
                }
            }
            Ordering::Equal => self.load.expand_sink(search),
            Ordering::Greater => {
                let partition = vertex - sink - 1;
                for &node in self.list(partition) {
                    if self.now[partition as usize] != Some(node) {
                        let draw = || self.cluster.draw(partition, node);
                        self.load.relax(search, vertex, node, self.cost(partition, node), draw);
                    }
                }
            }
        }
    }

    fn push(&mut self, from: Vertex, to: Vertex, _search: &mut Search) {
        let sink = self.load.sink();
        if from < sink && to > sink {
            self.remove(to - sink - 1, NodeIndex::of(from as usize));
        } else if from > sink && to < sink {
            self.place(from - sink - 1, NodeIndex::of(to as usize));
        }
    }
}
