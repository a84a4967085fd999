//! The published state of the ring at one epoch.

mod packed;
mod view_error;
mod wire;

use alloc::string::String;
use alloc::vec::Vec;

pub use self::view_error::ViewError;
use crate::{
    Assignment, ChangeProgress, Epoch, Health, NodeId, NodeIndex, Partition, PartitionCount,
    Position, ReplicationFactor, Transition, ViewNode, claim, transition,
};

/// The state of the ring at one epoch: nodes, and who holds which partition.
///
/// All that filter, HAProxy and node need to route a key, and the same for all of them.
/// Who copies what from whom is not in it: only nodes need that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    epoch: Epoch,
    replication_factor: ReplicationFactor,
    /// In the order of the assignment's nodes.
    nodes: Vec<ViewNode>,
    assignment: Assignment,
    /// Sorted by partition. Behind all that a lookup reads.
    moving: Vec<Transition>,
    change: Option<ChangeProgress>,
}

impl View {
    /// The first view of a cluster of `nodes`, in whichever order they are given.
    ///
    /// # Errors
    /// When there are no nodes, more than 65,535, or two with one id or address.
    pub fn create(
        epoch: Epoch,
        partitions: PartitionCount,
        replication_factor: ReplicationFactor,
        nodes: Vec<ViewNode>,
    ) -> Result<Self, ViewError> {
        let members: Vec<_> = nodes.iter().map(ViewNode::member).collect();
        check_nodes(&nodes)?;
        let present = Assignment::unassigned(partitions);
        let assignment = claim(&present, &members, replication_factor);
        Self::new(epoch, replication_factor, nodes, assignment, Vec::new())
    }

    /// The view in which `nodes` hold what `assignment` says, and the partitions of
    /// `moving` are on their way to others of them. Some of `nodes` may hold nothing:
    /// they need not be the assignment's.
    ///
    /// The lists are as long as `assignment` has them: shorter than the replication factor
    /// while too few nodes have copies, longer while it is being lowered.
    ///
    /// # Errors
    /// As [`View::create`], and when `assignment` or `moving` names others than `nodes`,
    /// the lists are not from 1 to 7 long, or `moving` contradicts itself.
    pub fn new(
        epoch: Epoch,
        replication_factor: ReplicationFactor,
        mut nodes: Vec<ViewNode>,
        assignment: Assignment,
        moving: Vec<Transition>,
    ) -> Result<Self, ViewError> {
        check_nodes(&nodes)?;
        check_list_length(assignment.list_length())?;
        nodes.sort_by(|one, other| one.id.cmp(&other.id));
        let ids: Vec<&NodeId> = nodes.iter().map(|node| &node.id).collect();
        let moving = transition::checked(moving, assignment.partitions(), &ids)?;
        let assignment = if ids.iter().copied().eq(assignment.nodes()) {
            assignment
        } else {
            assignment.among(ids.into_iter().cloned().collect())?
        };
        Ok(Self { epoch, replication_factor, nodes, assignment, moving, change: None })
    }

    /// The same, on the way to another ring as far as `change` says.
    #[must_use]
    pub fn with_change(self, change: Option<ChangeProgress>) -> Self {
        Self { change, ..self }
    }

    /// Reads the wire format: forgiving of fields it does not know, strict about
    /// everything else.
    ///
    /// # Errors
    /// When the JSON is not a view; never panics, whatever the input.
    pub fn from_json(json: &[u8]) -> Result<Self, ViewError> {
        wire::read(json)
    }

    /// Writes the wire format; the same view gives the same bytes on every platform.
    #[must_use]
    pub fn to_json(&self) -> String {
        wire::write(self)
    }

    /// Which view this is.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// How many copies are asked for. How many there are is the assignment's list length.
    #[must_use]
    pub fn replication_factor(&self) -> ReplicationFactor {
        self.replication_factor
    }

    /// The nodes, sorted by id.
    #[must_use]
    pub fn nodes(&self) -> &[ViewNode] {
        &self.nodes
    }

    /// The node called `id`.
    #[must_use]
    pub fn node(&self, id: &NodeId) -> Option<&ViewNode> {
        let index = self.nodes.binary_search_by(|node| node.id.cmp(id)).ok()?;
        self.nodes.get(index)
    }

    /// Who holds what.
    #[must_use]
    pub fn assignment(&self) -> &Assignment {
        &self.assignment
    }

    /// What is moving, by partition. Requests go by the present lists until it is there.
    #[must_use]
    pub fn moving(&self) -> &[Transition] {
        &self.moving
    }

    /// How far the change is that is on its way; nothing where none is.
    #[must_use]
    pub fn change(&self) -> Option<ChangeProgress> {
        self.change
    }

    /// The partition that holds `position`.
    #[inline]
    #[must_use]
    pub fn partition(&self, position: Position) -> Partition {
        self.assignment.partitions().partition(position)
    }

    /// The nodes that hold `partition`, its primary first. O(1), without allocation.
    #[inline]
    pub fn preference_list(&self, partition: Partition) -> impl Iterator<Item = &ViewNode> {
        let holder = |&index: &NodeIndex| self.nodes.get(index.get());
        // Each index leads to a node, so whether the first that didn't would be skipped or
        // end the list is all one; this is the shorter loop.
        self.assignment.list(partition).iter().map_while(holder)
    }

    /// The nodes that hold `partition` in the order in which to try them: those that
    /// are up in the order of the preference list, then those that are down.
    pub fn route(&self, partition: Partition) -> impl Iterator<Item = &ViewNode> {
        let with =
            move |health| self.preference_list(partition).filter(move |node| node.health == health);
        with(Health::Up).chain(with(Health::Down))
    }
}

fn check_nodes(nodes: &[ViewNode]) -> Result<(), ViewError> {
    if nodes.is_empty() {
        return Err(ViewError::NoNodes);
    }
    if u16::try_from(nodes.len()).is_err() {
        return Err(ViewError::TooManyNodes { count: nodes.len() });
    }
    let mut by_id: Vec<_> = nodes.iter().map(|node| &node.id).collect();
    by_id.sort_unstable();
    if let Some(twice) = first_repeated(&by_id) {
        return Err(ViewError::SameId { id: (*twice).clone() });
    }
    let mut by_address: Vec<_> = nodes.iter().map(|node| node.address).collect();
    by_address.sort_unstable();
    if let Some(&address) = first_repeated(&by_address) {
        return Err(ViewError::SameAddress { address });
    }
    Ok(())
}

fn check_list_length(found: usize) -> Result<(), ViewError> {
    let is_possible = (1..=usize::from(ReplicationFactor::MAX.get())).contains(&found);
    if is_possible { Ok(()) } else { Err(ViewError::ListLength { found }) }
}

fn first_repeated<T: PartialEq>(sorted: &[T]) -> Option<&T> {
    sorted.iter().zip(sorted.iter().skip(1)).find_map(|(one, next)| (one == next).then_some(one))
}
