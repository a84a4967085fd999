//! Shortest augmenting paths with potentials (*Network Flows* §9.7).
//!
//! Every vertex has a potential such that the reduced cost of each residual arc,
//! `cost + potential(from) - potential(to)`, is not negative: that is what makes the flow
//! optimal. A search finds the distances by reduced cost and then lowers each settled
//! vertex's potential by what it is nearer than the goal. Reduced costs remain 0 or more,
//! and along the path they are 0, so that pushing a unit along it breaks nothing.

use alloc::vec;
use alloc::vec::Vec;

/// A vertex, numbered by the network that it is in.
pub(super) type Vertex = u32;

/// A residual network whose arcs are known by asking.
pub(super) trait Network {
    /// Relaxes every residual arc that leaves `vertex`, and offers every vertex that it
    /// labels and that takes a unit.
    fn expand(&mut self, vertex: Vertex, search: &mut Search);

    /// Sends the unit one arc further. A path is sent from its source to its goal.
    fn push(&mut self, from: Vertex, to: Vertex, search: &mut Search);
}

/// The state of the searches, kept from one to the next.
pub(super) struct Search {
    /// Which search this is: labels of earlier ones don't count.
    number: u32,
    labels: Vec<Label>,
    potentials: Vec<i32>,
    /// Vertices to settle, by distance. One may be in several: the lowest counts.
    buckets: Vec<Bucket>,
    /// From this vertex on, vertices are settled before the others of their distance.
    first_eager: Vertex,
    settled: Vec<Vertex>,
    goal: Option<Goal>,
}

#[derive(Default)]
struct Bucket {
    /// Settled last in, first out.
    eager: Vec<Vertex>,
    /// Settled first in, first out, when there are no eager ones.
    patient: Vec<Vertex>,
    /// How many of the patient are settled.
    next: usize,
}

impl Bucket {
    fn pop(&mut self) -> Option<Vertex> {
        if let Some(vertex) = self.eager.pop() {
            return Some(vertex);
        }
        let vertex = self.patient.get(self.next).copied()?;
        self.next += 1;
        Some(vertex)
    }

    fn clear(&mut self) {
        self.eager.clear();
        self.patient.clear();
        self.next = 0;
    }
}

#[derive(Clone, Copy)]
struct Label {
    search: u32,
    is_settled: bool,
    distance: i32,
    from: Vertex,
}

/// Compared by distance, then by rank.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Goal {
    distance: i32,
    rank: Rank,
    vertex: Vertex,
}

/// Which of equally near vertices should take the unit: the lowest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Rank {
    /// How full it is.
    pub(super) fill: u64,
    /// The lot drawn among the equally full.
    pub(super) draw: u64,
}

/// No path leads to a vertex that takes a unit: the bounds can't be kept.
#[derive(Debug)]
pub(super) struct Infeasible;

impl Search {
    pub(super) fn new(vertices: usize, first_eager: Vertex) -> Self {
        let unreached = Label { search: 0, is_settled: false, distance: 0, from: 0 };
        Self {
            number: 0,
            labels: vec![unreached; vertices],
            potentials: vec![0; vertices],
            buckets: Vec::new(),
            first_eager,
            settled: Vec::new(),
            goal: None,
        }
    }

    /// Which search this is; they are counted from 1.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// The potential of `vertex`, as it is by now.
    pub(super) fn potential(&self, vertex: Vertex) -> i32 {
        self.potentials[vertex as usize]
    }

    /// Sends one unit from `source` to the nearest vertex that takes it.
    pub(super) fn augment(
        &mut self,
        network: &mut impl Network,
        source: Vertex,
    ) -> Result<(), Infeasible> {
        let goal = self.find(network, source).ok_or(Infeasible)?;
        for &vertex in &self.settled {
            let distance = self.labels[vertex as usize].distance;
            self.potentials[vertex as usize] -= (goal.distance - distance).max(0);
        }
        let mut path = vec![goal.vertex];
        let mut vertex = goal.vertex;
        while vertex != source {
            vertex = self.labels[vertex as usize].from;
            path.push(vertex);
        }
        path.reverse();
        for (&from, &to) in path.iter().zip(path.iter().skip(1)) {
            network.push(from, to, self);
        }
        Ok(())
    }

    /// Dijkstra's algorithm with a bucket for each distance, which are few and small.
    fn find(&mut self, network: &mut impl Network, source: Vertex) -> Option<Goal> {
        self.number += 1;
        self.buckets.iter_mut().for_each(Bucket::clear);
        self.settled.clear();
        self.goal = None;
        self.label(source, Label { from: source, ..self.fresh_label(0) });
        let mut distance = 0;
        while distance < self.buckets.len() {
            if self.goal.is_some_and(|goal| goal.distance as usize <= distance) {
                break;
            }
            let Some(vertex) = self.buckets[distance].pop() else {
                distance += 1;
                continue;
            };
            let label = &mut self.labels[vertex as usize];
            if !label.is_settled && label.distance as usize == distance {
                label.is_settled = true;
                self.settled.push(vertex);
                network.expand(vertex, self);
            }
        }
        self.goal
    }

    /// Notes that `to` can be reached through `from` by an arc of this cost. True when
    /// that is nearer than what was known.
    pub(super) fn relax(&mut self, from: Vertex, to: Vertex, cost: i32) -> bool {
        let distance = self.raw_distance(from) + cost - self.potentials[to as usize];
        debug_assert!(
            distance >= self.labels[from as usize].distance,
            "the reduced cost from {from} to {to} is negative"
        );
        let known = self.labels[to as usize];
        if known.search == self.number && known.distance <= distance {
            return false;
        }
        self.label(to, Label { from, ..self.fresh_label(distance) });
        true
    }

    /// The distance of a labelled vertex, were all vertices behind it of potential 0: of
    /// two vertices, the one where this is lower reaches any third at less.
    pub(super) fn raw_distance(&self, vertex: Vertex) -> i32 {
        self.labels[vertex as usize].distance + self.potentials[vertex as usize]
    }

    /// Offers `vertex`, which was just labelled, as the goal.
    pub(super) fn offer(&mut self, vertex: Vertex, rank: Rank) {
        let distance = self.labels[vertex as usize].distance;
        self.offer_at(Goal { distance, rank, vertex });
    }

    /// Offers `vertex` as the last but one: the goal is `end`, by an arc that is free.
    pub(super) fn offer_before(&mut self, vertex: Vertex, end: Vertex, rank: Rank) {
        let distance = self.raw_distance(vertex) - self.potentials[end as usize];
        self.offer_at(Goal { distance, rank, vertex });
    }

    fn offer_at(&mut self, offered: Goal) {
        if self.goal.is_none_or(|goal| offered < goal) {
            self.goal = Some(offered);
        }
    }

    /// Gives `vertex` the potential of `other`.
    pub(super) fn copy_potential(&mut self, vertex: Vertex, other: Vertex) {
        self.potentials[vertex as usize] = self.potentials[other as usize];
    }

    fn fresh_label(&self, distance: i32) -> Label {
        Label { search: self.number, is_settled: false, distance, from: 0 }
    }

    fn label(&mut self, vertex: Vertex, label: Label) {
        self.labels[vertex as usize] = label;
        let bucket = label.distance as usize;
        if bucket >= self.buckets.len() {
            self.buckets.resize_with(bucket + 1, Bucket::default);
        }
        let Bucket { eager, patient, .. } = &mut self.buckets[bucket];
        if vertex >= self.first_eager { eager.push(vertex) } else { patient.push(vertex) }
    }
}
