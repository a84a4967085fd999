//! The least number of vnodes that any assignment must move.
//!
//! A proof rather than a count: it looks at what everybody holds, at the bounds and at a
//! price for each node, and never at the assignment that the claim found. Let `y` be any
//! prices. Of an assignment `A` that keeps all bounds,
//!
//! ```text
//! moves(A) = Σ over partitions, over their holders n in A, of cost(partition, n)
//!          = Σ over the same of (cost(partition, n) - y(n))  +  Σ over n of y(n)·held(n)
//!          ≥ Σ over partitions of the cheapest list at cost - y
//!            + Σ over n of the lower of y(n)·lowest(n) and y(n)·highest(n)
//! ```
//!
//! where the cost of a holder is 1 if it did not hold the partition before, and a list
//! keeps to the zones' bounds. The last two lines name no `A`: no assignment moves less,
//! whatever the prices (Lagrangian relaxation, *Network Flows* §16.2). Bad prices give a
//! low bound. The potentials that the claim ends with are the best there are: with them
//! the bound is the optimum (theorem 9.8, duality), so that a claim which moves as many
//! as the bound says is proved to move the least.

use alloc::vec::Vec;

use super::before::Before;
use super::cluster::Cluster;
use super::shares;
use crate::NodeIndex;

/// No assignment that keeps the bounds moves fewer vnodes. `prices` are by node.
pub(super) fn least_moves(cluster: &Cluster, before: &Before, prices: &[i64]) -> u64 {
    let lists: i64 = Cheapest::new(cluster, prices).of_all(before);
    let loads = shares::replicas(cluster).into_iter().zip(prices).map(|(share, price)| {
        let (lowest, highest) = (share.lowest(), share.highest(cluster.partitions));
        (price * i64::from(lowest)).min(price * i64::from(highest))
    });
    let bound = lists + loads.sum::<i64>();
    // Nothing can be moved less than not at all.
    bound.max(0) as u64
}

/// The cheapest lists at some prices.
struct Cheapest<'c> {
    cluster: &'c Cluster,
    prices: &'c [i64],
    /// Of each zone, the nodes of the highest price first.
    dearest: Vec<Vec<NodeIndex>>,
}

impl<'c> Cheapest<'c> {
    fn new(cluster: &'c Cluster, prices: &'c [i64]) -> Self {
        let by_price = |zone| {
            let mut nodes = cluster.zones.nodes(zone).to_vec();
            nodes.sort_by_key(|node| -prices[node.get()]);
            nodes
        };
        let dearest = (0..cluster.zones.count()).map(by_price).collect();
        Self { cluster, prices, dearest }
    }

    fn of_all(&self, before: &Before) -> i64 {
        let holders = |partition| before.holders(partition).collect::<Vec<_>>();
        (0..self.cluster.partitions).map(|partition| self.of(&holders(partition))).sum()
    }

    /// What the cheapest list of a partition costs that `holders` hold: of each zone the
    /// cheapest that it must have, then the cheapest of those that it may have, which is
    /// at most one more of each zone.
    fn of(&self, holders: &[NodeIndex]) -> i64 {
        let zones = &self.cluster.zones;
        let (mut sum, mut count) = (0, 0);
        let mut optional = Vec::with_capacity(zones.count());
        for zone in 0..zones.count() {
            let lowest = zones.lowest(zone);
            let costs = self.in_zone(zone, holders);
            sum += costs.iter().take(lowest).sum::<i64>();
            count += lowest;
            optional.extend(costs.get(lowest..zones.highest(zone)).into_iter().flatten());
        }
        optional.sort_unstable();
        sum + optional.iter().take(self.cluster.copies - count).sum::<i64>()
    }

    /// The cheapest of `zone`, as many as it may hold copies, the cheapest first.
    fn in_zone(&self, zone: usize, holders: &[NodeIndex]) -> Vec<i64> {
        let zones = &self.cluster.zones;
        let stay = holders.iter().filter(|&&holder| zones.of(holder) == zone);
        let mut costs: Vec<i64> = stay.map(|node| -self.prices[node.get()]).collect();
        // Behind so many, nobody else can be among the cheapest.
        let enough = zones.highest(zone) + costs.len();
        let others = self.dearest[zone].iter().take(enough).filter(|node| !holders.contains(node));
        costs.extend(others.map(|node| 1 - self.prices[node.get()]));
        costs.sort_unstable();
        costs
    }
}
