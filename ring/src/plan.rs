//! What a change of the ring would do, before anybody does it.

mod link;
mod node_plan;
#[cfg(all(test, not(target_family = "wasm")))]
mod plan_test;
mod vnode_move;

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

pub use self::link::Link;
pub use self::node_plan::{LoadChange, NodePlan};
pub use self::vnode_move::VnodeMove;
use crate::claim::Claim;
use crate::{Assignment, Member, NodeId, Partition, ReplicationFactor};

/// What a change of members, weights, zones or replication factor would do: who would
/// hold what, which vnodes would move from where to where, and how evenly all is spread
/// before and after.
///
/// ```
/// use ringway_ring::{Assignment, Member, PartitionCount, Plan, ReplicationFactor, claim};
///
/// let member = |id: &str| Member::new(id.parse().unwrap());
/// let present = ["n1", "n2", "n3", "n4", "n5"].map(member);
/// let factor = ReplicationFactor::DEFAULT;
/// let held = claim(&Assignment::unassigned(PartitionCount::DEFAULT), &present, factor);
///
/// let next = ["n1", "n2", "n3", "n4", "n5", "n6"].map(member);
/// let plan = Plan::new(&held, &present, &next, factor, |_| 1 << 20);
/// let n6 = plan.nodes().last().unwrap();
/// assert!((n6.replicas.after.abs_diff(4096 * 3 / 6)) <= 1);
/// assert_eq!(plan.moves().len() as u64, plan.least(), "nothing moves needlessly");
/// ```
#[derive(Clone, Debug)]
pub struct Plan {
    target: Assignment,
    moves: Vec<VnodeMove>,
    least: u64,
    nodes: Vec<NodePlan>,
    links: Vec<Link>,
    changed: usize,
    changes_length: bool,
}

impl Plan {
    /// What becomes of `held`, which those of `present` hold, when `next` are the members
    /// and `factor` copies are asked for. `bytes` says how much a partition holds.
    ///
    /// # Panics
    /// As [`claim`](crate::claim()), of `next`; and when nobody holds anything: the first
    /// assignment moves nothing, and is no change.
    #[must_use]
    pub fn new(
        held: &Assignment,
        present: &[Member],
        next: &[Member],
        factor: ReplicationFactor,
        bytes: impl Fn(Partition) -> u64,
    ) -> Self {
        assert!(held.list_length() > 0, "there is no ring to change yet");
        let claim = Claim::new(held, next, factor);
        let least = claim.least_moves();
        let moves = moves(held, &claim.assignment, bytes);
        let links = Link::of(&moves);
        let nodes = NodePlan::of_all(held, present, next, &claim);
        let target = claim.assignment;
        let differs =
            |&partition: &Partition| !held.holders(partition).eq(target.holders(partition));
        let changed = held.partitions().iter().filter(differs).count();
        let changes_length = held.list_length() != target.list_length();
        Self { target, moves, least, nodes, links, changed, changes_length }
    }

    /// Who would hold what. Its nodes are the next members.
    #[must_use]
    pub fn target(&self) -> &Assignment {
        &self.target
    }

    /// The vnodes that would move, by partition.
    #[must_use]
    pub fn moves(&self) -> &[VnodeMove] {
        &self.moves
    }

    /// The least number of vnodes that could move: proved from what is held and from what
    /// is asked for, not from [`Plan::moves`]. The argument is the head of
    /// `claim/least.rs`.
    #[must_use]
    pub fn least(&self) -> u64 {
        self.least
    }

    /// Moved vnodes ÷ the least; 1 where nothing must move and nothing does.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "at most 65,536 × 7")]
    pub fn moved_to_least(&self) -> f64 {
        let moved = self.moves.len() as f64;
        if self.moves.len() as u64 == self.least { 1.0 } else { moved / self.least as f64 }
    }

    /// All present and next members, sorted by id, and what they hold before and after.
    #[must_use]
    pub fn nodes(&self) -> &[NodePlan] {
        &self.nodes
    }

    /// What goes from which node to which, sorted by both.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The partitions whose preference list changes, in its members or in its order.
    #[must_use]
    pub fn changed(&self) -> usize {
        self.changed
    }

    /// Whether the preference lists get longer or shorter, all of them then.
    #[must_use]
    pub fn changes_length(&self) -> bool {
        self.changes_length
    }

    /// The bytes that would be copied.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.moves.iter().map(|each| each.bytes).sum()
    }

    /// Those that go to the node that receives most: the time that copying takes, where every node
    /// sends as much as is asked of it.
    #[must_use]
    pub fn most_received(&self) -> u64 {
        let mut received: BTreeMap<&NodeId, u64> = BTreeMap::new();
        for link in &self.links {
            *received.entry(&link.to).or_default() += link.bytes;
        }
        received.into_values().max().unwrap_or_default()
    }
}

/// Every vnode that `target` has and `held` has not.
fn moves(
    held: &Assignment,
    target: &Assignment,
    bytes: impl Fn(Partition) -> u64,
) -> Vec<VnodeMove> {
    let mut moves = Vec::new();
    for partition in held.partitions().iter() {
        let holds = |id: &NodeId| held.holders(partition).any(|holder| holder == id);
        let mut to = target.holders(partition).filter(|id| !holds(id)).peekable();
        if to.peek().is_none() {
            continue;
        }
        let stays = |id: &&NodeId| target.holders(partition).any(|holder| holder == *id);
        let source = held.holders(partition).find(stays);
        let source = source.or_else(|| held.holders(partition).next());
        let source = source.unwrap_or_else(|| unreachable!("nobody holds {partition}"));
        let bytes = bytes(partition);
        let vnode =
            |to: &NodeId| VnodeMove { partition, from: source.clone(), to: to.clone(), bytes };
        moves.extend(to.map(vnode));
    }
    moves
}
