//! Who should hold what: the next assignment from the present one.
//!
//! This is strategy 3 of the Dynamo paper (§6.2): equal partitions whose number never
//! changes, handed from node to node. Dynamo hands them over at random; here balance and
//! movement are solved exactly, as a flow of minimum cost.
//!
//! # What is asked for
//!
//! With `P` partitions and `R` copies of each (the replication factor, capped by the
//! nodes), [`zones`] says how many copies each zone holds of every partition, and
//! [`shares`] what each node should hold in all. Among the assignments that are within
//! one partition of those shares, the claim finds one in which the fewest vnodes move;
//! then, those replica sets being given, primaries within one partition of *their*
//! shares such that the fewest change.
//!
//! # As a flow
//!
//! Every partition sends `R` units through its zones to distinct nodes, and every node
//! passes what it holds on to a sink:
//!
//! ```text
//! partition ──[lowest..highest]──▶ cell ──[0..1]──▶ node ──[lowest..highest]──▶ sink
//! ```
//!
//! A *cell* is a partition within one zone. The arc from a cell to a node costs 0 when
//! the node holds the partition at present and 1 when the unit would be a move; all else
//! is free. A flow that keeps every bound is an assignment as asked for; one of least
//! cost moves the fewest vnodes. All bounds are whole numbers around the shares, and the
//! shares themselves are a fractional flow, so a whole one exists (Ahuja, Magnanti and
//! Orlin, *Network Flows*, theorem 9.10).
//!
//! # How it is found
//!
//! By successive shortest paths (*Network Flows* §9.7). The present assignment, with
//! units dropped where a bound is exceeded, is a pseudo-flow: it keeps the upper bounds,
//! some partitions lack units and some nodes are short. It is optimal for what it ships,
//! because every arc that could still take or return a unit costs 0 or more. Each step
//! sends one unit along a shortest path from a lack to a node that takes it, which keeps
//! that true, until nothing lacks. A path may run through other partitions: a unit that
//! is placed on a full node pushes one of that node's units elsewhere.
//!
//! Paths are searched by Dijkstra's algorithm on costs reduced by potentials ([`flow`]).
//! What makes it fast is that a step costs only what it visits: a search stops at the
//! first node that takes a unit at the least distance, only the potentials of settled
//! vertices change, and no arc is ever stored ([`replicas`]).
//!
//! Primaries ([`primaries`]) are the same problem with one unit for each partition and
//! only its holders to choose from.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "vertices, slots and nodes are numbers that the claim itself gives out, from 0 on \
              and far below 2^31: one that leads nowhere is a bug"
)]

mod before;
mod cluster;
mod flow;
mod least;
mod load;
mod primaries;
mod replicas;
mod shares;
mod zones;

use alloc::vec::Vec;

use self::before::Before;
use self::cluster::Cluster;
use self::replicas::Solved;
pub(crate) use self::shares::Share;
use crate::{Assignment, Member, ReplicationFactor};

/// The next assignment: who of `members` should hold what, when `present` is what
/// everybody holds so far.
///
/// - Every preference list has as many distinct nodes as `factor` asks for and
///   `members` allow, spread over the zones as evenly as each partition allows.
/// - The partitions that a node holds, and those that it is the primary of, are within
///   one of its share by weight. (Primaries may be further off, by the least that will
///   do, where the replica sets leave no other way. It takes a zone that has nearly all
///   the weight.)
/// - The number of vnodes that move is the least that these permit, and then the number
///   of primaries that change.
/// - The same input gives the same output on every platform, whatever the order of
///   `members`.
///
/// # Panics
/// When `members` is empty, has two of one id, or more than 65,536.
#[must_use]
pub fn claim(present: &Assignment, members: &[Member], factor: ReplicationFactor) -> Assignment {
    Claim::new(present, members, factor).assignment
}

/// A claim, with what it takes to judge it.
pub(crate) struct Claim {
    pub(crate) assignment: Assignment,
    cluster: Cluster,
    before: Before,
    prices: Vec<i64>,
}

impl Claim {
    /// See [`claim`].
    pub(crate) fn new(present: &Assignment, members: &[Member], factor: ReplicationFactor) -> Self {
        assert!(!members.is_empty(), "a ring needs a node");
        let mut members: Vec<&Member> = members.iter().collect();
        members.sort_by(|one, other| one.id.cmp(&other.id));
        assert!(members.is_sorted_by(|one, next| one.id < next.id), "two members have one id");

        let before = Before::of(present, &members);
        let cluster = Cluster::new(&members, present.partitions().get(), factor);
        let Solved { lists, prices } = solved(&cluster, &before);
        let nodes = members.iter().map(|member| member.id.clone()).collect();
        let assignment = Assignment::new(present.partitions(), nodes, cluster.copies, lists)
            .unwrap_or_else(|error| unreachable!("the claim made no assignment: {error}"));
        Self { assignment, cluster, before, prices }
    }

    /// No assignment within one partition of the shares moves fewer vnodes.
    pub(crate) fn least_moves(&self) -> u64 {
        least::least_moves(&self.cluster, &self.before, &self.prices)
    }

    /// By node, in the assignment's order, the replicas that it should hold.
    pub(crate) fn replica_shares(&self) -> Vec<Share> {
        shares::replicas(&self.cluster)
    }

    /// By node, in the assignment's order, the partitions that it should be primary of.
    pub(crate) fn primary_shares(&self) -> Vec<Share> {
        shares::primaries(&self.cluster)
    }
}

/// The preference lists, one after the other, and the prices.
fn solved(cluster: &Cluster, before: &Before) -> Solved {
    let mut solved = replicas::solve(cluster, before);
    let primaries = primaries::solve(cluster, before, &solved.lists);
    for ((partition, list), primary) in
        (0..).zip(solved.lists.chunks_exact_mut(cluster.copies)).zip(primaries)
    {
        // Behind the primary those that hold the partition already, in their order; then
        // the new ones, in an order that differs from partition to partition, so that
        // the seconds of one node's partitions are many.
        list.sort_by_key(|&node| {
            let place = before.place(partition, node).unwrap_or(usize::MAX);
            (node != primary, place, cluster.draw(partition, node))
        });
    }
    solved
}

// On the host only: proptest needs a source of entropy.
#[cfg(all(test, not(target_family = "wasm")))]
mod claim_test;
