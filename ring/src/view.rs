//! The published state of the ring at one epoch.

mod packed;
mod wire;

use alloc::string::String;
use alloc::vec::Vec;

use thiserror::Error;

use crate::assignment::AssignmentError;
use crate::{
    Assignment, Epoch, Health, NodeId, NodeIndex, Partition, PartitionCount, PartitionCountError,
    Position, ReplicationFactor, ViewNode, claim,
};

/// The state of the ring at one epoch: nodes, and who holds which partition.
///
/// All that filter, HAProxy and node need to route a key, and the same for all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    epoch: Epoch,
    replication_factor: ReplicationFactor,
    /// In the order of the assignment's nodes.
    nodes: Vec<ViewNode>,
    assignment: Assignment,
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
        Self::new(epoch, replication_factor, nodes, assignment)
    }

    /// The view in which `nodes` hold what `assignment` says.
    ///
    /// # Errors
    /// As [`View::create`], and when the assignment is of other nodes or its lists are
    /// not of the length that the replication factor asks for.
    pub fn new(
        epoch: Epoch,
        replication_factor: ReplicationFactor,
        mut nodes: Vec<ViewNode>,
        assignment: Assignment,
    ) -> Result<Self, ViewError> {
        check_nodes(&nodes)?;
        nodes.sort_by(|one, other| one.id.cmp(&other.id));
        if !nodes.iter().map(|node| &node.id).eq(assignment.nodes()) {
            return Err(ViewError::OtherNodes);
        }
        let expected = replication_factor.capped(nodes.len());
        if assignment.list_length() != expected {
            return Err(ViewError::ListLength { expected, found: assignment.list_length() });
        }
        Ok(Self { epoch, replication_factor, nodes, assignment })
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

    /// How many copies are asked for; the lists are shorter where nodes are fewer.
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

fn first_repeated<T: PartialEq>(sorted: &[T]) -> Option<&T> {
    sorted.iter().zip(sorted.iter().skip(1)).find_map(|(one, next)| (one == next).then_some(one))
}

/// Why something is no view.
#[derive(Debug, Error)]
pub enum ViewError {
    /// Not JSON, or a field is missing or of the wrong type or range.
    #[error("the view is not readable: {0}")]
    Json(#[from] serde_json::Error),
    /// A format that this build does not know.
    #[error("the view is of format {found}; this build reads format {known}")]
    Format {
        /// What the view says.
        found: u32,
        /// What is known here.
        known: u32,
    },
    /// The number of partitions is none.
    #[error(transparent)]
    PartitionCount(#[from] PartitionCountError),
    /// The packed lists are not base64 of the expected length.
    #[error("the view's packed preference lists are damaged")]
    Packed,
    /// The lists contradict themselves.
    #[error(transparent)]
    Assignment(#[from] AssignmentError),
    /// A ring needs a node.
    #[error("there are no nodes")]
    NoNodes,
    /// More than an index can number.
    #[error("there are {count} nodes; the limit is 65535")]
    TooManyNodes {
        /// How many.
        count: usize,
    },
    /// Two nodes have one id.
    #[error("two nodes are called {id}")]
    SameId {
        /// The id.
        id: NodeId,
    },
    /// Two nodes have one address.
    #[error("two nodes have the address {address}")]
    SameAddress {
        /// The address.
        address: core::net::SocketAddr,
    },
    /// The assignment is of other nodes than the view.
    #[error("the preference lists are of other nodes than the view's")]
    OtherNodes,
    /// The lists are longer or shorter than the replication factor asks for.
    #[error("the preference lists are {found} long instead of {expected}")]
    ListLength {
        /// The replication factor, capped by the nodes.
        expected: usize,
        /// What they are.
        found: usize,
    },
}
