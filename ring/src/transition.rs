//! A partition on its way to other holders.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{NodeId, Partition, PartitionCount, ReplicationFactor};

/// A partition that goes over from its present preference list to another one.
///
/// Until that is complete the present list is who holds it and where requests go. Those
/// of the next list are copying; a write needs a majority of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transition {
    /// Which partition.
    pub partition: Partition,
    /// Its next preference list, from 1 to 7 distinct nodes, the next primary first.
    pub to: Vec<NodeId>,
}

/// Sorts `transitions` by partition, when they are such as a view of `partitions` and
/// `nodes`, which are sorted, can have.
pub(crate) fn checked(
    mut transitions: Vec<Transition>,
    partitions: PartitionCount,
    nodes: &[&NodeId],
) -> Result<Vec<Transition>, TransitionError> {
    transitions.sort_by_key(|transition| transition.partition);
    let pairs = transitions.iter().zip(transitions.iter().skip(1));
    for (one, next) in pairs {
        if one.partition == next.partition {
            return Err(TransitionError::Twice { partition: one.partition });
        }
    }
    for Transition { partition, to } in &transitions {
        let &partition = partition;
        if !partitions.contains(partition) {
            return Err(TransitionError::NoSuchPartition { partition, partitions });
        }
        if to.is_empty() || to.len() > usize::from(ReplicationFactor::MAX.get()) {
            return Err(TransitionError::Length { partition, found: to.len() });
        }
        for (place, id) in to.iter().enumerate() {
            if nodes.binary_search(&id).is_err() {
                return Err(TransitionError::NoSuchNode { partition, id: id.clone() });
            }
            if to.iter().take(place).any(|earlier| earlier == id) {
                return Err(TransitionError::NodeTwice { partition, id: id.clone() });
            }
        }
    }
    Ok(transitions)
}

/// Why something is no [`Transition`] of a view.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TransitionError {
    /// A partition goes two ways.
    #[error("partition {partition} is moving twice")]
    Twice {
        /// Which.
        partition: Partition,
    },
    /// A partition that the ring does not have.
    #[error("partition {partition} is moving, but there are only {partitions}")]
    NoSuchPartition {
        /// Which.
        partition: Partition,
        /// How many there are.
        partitions: PartitionCount,
    },
    /// A list of nobody, or of more nodes than any replication factor asks for.
    #[error("partition {partition} is moving to {found} nodes; it must be from 1 to 7")]
    Length {
        /// Which.
        partition: Partition,
        /// How many nodes its next list names.
        found: usize,
    },
    /// A next list names a node that is not there.
    #[error("partition {partition} is moving to {id}, which is not there")]
    NoSuchNode {
        /// Which.
        partition: Partition,
        /// Who is missing.
        id: NodeId,
    },
    /// A next list names a node twice.
    #[error("partition {partition} is moving to {id} twice")]
    NodeTwice {
        /// Which.
        partition: Partition,
        /// Who is there twice.
        id: NodeId,
    },
}
