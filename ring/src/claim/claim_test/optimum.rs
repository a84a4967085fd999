//! The least that must move, found and proved by the textbook.
//!
//! [`Graph`] stores every arc and knows nothing of what the solver exploits.
//! [`Graph::least_cost`] finds an optimum by sending unit after unit along paths that
//! Bellman and Ford find; it is for small cases. [`Graph::improvable`] tells whether a
//! given flow is an optimum, by the criterion that its residual network has no cycle of
//! negative cost (*Network Flows*, theorem 9.1); it is quick enough for large ones.

use std::collections::BTreeMap;
use std::vec;
use std::vec::Vec;

use super::Case;
use super::spec::{Bounds, primary_bounds, replica_bounds, zone_bounds, zone_of};

struct Arc {
    from: usize,
    to: usize,
    bounds: Bounds,
    cost: i64,
    /// What the case's result sends.
    flow: usize,
}

/// Vertex 0 is the source, 1 the sink.
pub(super) struct Graph {
    vertices: usize,
    arcs: Vec<Arc>,
    units: usize,
}

const SOURCE: usize = 0;
const SINK: usize = 1;

/// Which nodes hold a partition, at 1 for each that didn't before.
pub(super) fn replica_graph(case: &Case) -> Graph {
    let zones = zone_bounds(case);
    let zone_of: Vec<_> = (0..case.nodes()).map(|node| zone_of(case, node)).collect();
    let mut graph = Graph::new(case, case.copies, &replica_bounds(case), |_| true);
    for (partition, list) in case.after.iter().enumerate() {
        let from = partition_vertex(case, partition);
        let mut cells = BTreeMap::new();
        for (&zone, &bounds) in &zones {
            let cell = graph.vertices;
            graph.vertices += 1;
            cells.insert(zone, cell);
            let flow = list.iter().filter(|&&node| zone_of[node] == zone).count();
            graph.arcs.push(Arc { from, to: cell, bounds, cost: 0, flow });
        }
        for node in 0..case.nodes() {
            let cost = i64::from(!case.held(partition, node));
            let flow = usize::from(list.contains(&node));
            let (from, to) = (cells[&zone_of[node]], 2 + node);
            graph.arcs.push(Arc { from, to, bounds: (0, 1), cost, flow });
        }
    }
    graph
}

/// Which holder is a partition's primary, at 1 where another one was.
pub(super) fn primary_graph(case: &Case, slack: usize) -> Graph {
    let mut graph = Graph::new(case, 1, &primary_bounds(case, slack), |place| place == 0);
    for (partition, list) in case.after.iter().enumerate() {
        let from = partition_vertex(case, partition);
        for (place, &node) in list.iter().enumerate() {
            let cost = i64::from(case.old_primary(partition).is_some_and(|old| old != node));
            let flow = usize::from(place == 0);
            graph.arcs.push(Arc { from, to: 2 + node, bounds: (0, 1), cost, flow });
        }
    }
    graph
}

/// Asserts that the replica sets leave no way to have primaries within less than `slack`
/// more than one of their shares. They rarely need any: a zone that its share fills to
/// the brim, as where one zone has nearly all weight, may be short of some partitions by
/// the rounding of its nodes' shares, and these need a primary elsewhere, where nobody
/// should be one.
pub(super) fn assert_needs_slack(case: &Case, slack: usize) {
    for less in 0..slack {
        let least = primary_graph(case, less).least_cost();
        assert_eq!(least, None, "slack {less} would do instead of {slack}");
    }
}

/// The partitions' vertices follow the nodes'.
fn partition_vertex(case: &Case, partition: usize) -> usize {
    2 + case.nodes() + partition
}

impl Graph {
    /// Units for all partitions, and nodes that take as many as `bounds` say.
    fn new(case: &Case, units: usize, bounds: &[Bounds], counts: impl Fn(usize) -> bool) -> Self {
        let vertices = 2 + case.nodes() + case.partitions();
        let mut graph = Self { vertices, arcs: Vec::new(), units: units * case.partitions() };
        for (node, &bounds) in bounds.iter().enumerate() {
            let holds = |list: &&Vec<usize>| {
                list.iter().position(|&holder| holder == node).is_some_and(&counts)
            };
            let flow = case.after.iter().filter(holds).count();
            graph.arcs.push(Arc { from: 2 + node, to: SINK, bounds, cost: 0, flow });
        }
        for partition in 0..case.partitions() {
            let to = partition_vertex(case, partition);
            let bounds = (units, units);
            graph.arcs.push(Arc { from: SOURCE, to, bounds, cost: 0, flow: units });
        }
        graph
    }

    /// Whether a flow that costs less than the case's result exists.
    pub(super) fn improvable(&self) -> bool {
        let mut residual = Vec::new();
        for arc in &self.arcs {
            if arc.flow < arc.bounds.1 {
                residual.push((arc.from, arc.to, arc.cost));
            }
            if arc.flow > arc.bounds.0 {
                residual.push((arc.to, arc.from, -arc.cost));
            }
        }
        let mut distances = vec![0; self.vertices];
        for _ in 0..=self.vertices {
            let mut changed = false;
            for &(from, to, cost) in &residual {
                if distances[from] + cost < distances[to] {
                    distances[to] = distances[from] + cost;
                    changed = true;
                }
            }
            if !changed {
                return false;
            }
        }
        true
    }

    /// The least cost of a flow that keeps all bounds.
    pub(super) fn least_cost(&self) -> Option<i64> {
        // What a lower bound demands is worth more than everything else together.
        let demand = 1 + self.arcs.len() as i64;
        // (from, to, capacity, cost), each followed by its reverse.
        let mut arcs = Vec::new();
        let mut add = |from, to, capacity: usize, cost: i64| {
            arcs.push((from, to, capacity, cost));
            arcs.push((to, from, 0, -cost));
        };
        for arc in &self.arcs {
            add(arc.from, arc.to, arc.bounds.0, arc.cost - demand);
            add(arc.from, arc.to, arc.bounds.1 - arc.bounds.0, arc.cost);
        }
        let mut total = 0;
        for _ in 0..self.units {
            let mut distances = vec![i64::MAX; self.vertices];
            let mut last_arc = vec![0; self.vertices];
            distances[SOURCE] = 0;
            let mut changed = true;
            while changed {
                changed = false;
                for (index, &(from, to, capacity, cost)) in arcs.iter().enumerate() {
                    let reached = distances[from] != i64::MAX;
                    if capacity > 0 && reached && distances[from] + cost < distances[to] {
                        distances[to] = distances[from] + cost;
                        last_arc[to] = index;
                        changed = true;
                    }
                }
            }
            if distances[SINK] == i64::MAX {
                return None;
            }
            total += distances[SINK];
            let mut vertex = SINK;
            while vertex != SOURCE {
                let index: usize = last_arc[vertex];
                arcs[index].2 -= 1;
                arcs[index ^ 1].2 += 1;
                vertex = arcs[index].0;
            }
        }
        let demanded: usize = self.arcs.iter().map(|arc| arc.bounds.0).sum();
        let cost = total + demand * demanded as i64;
        (cost < demand).then_some(cost)
    }
}
