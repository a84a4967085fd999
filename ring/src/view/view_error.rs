//! Why something is no view.

use thiserror::Error;

use crate::assignment::AssignmentError;
use crate::transition::TransitionError;
use crate::{NodeId, PartitionCountError};

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
    /// The lists contradict themselves, or name a node that is not the view's.
    #[error(transparent)]
    Assignment(#[from] AssignmentError),
    /// What is said to be moving can't be.
    #[error(transparent)]
    Transition(#[from] TransitionError),
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
    /// The lists are of nobody, or of more nodes than any replication factor asks for.
    #[error("the preference lists are {found} long; it must be from 1 to 7")]
    ListLength {
        /// What they are.
        found: usize,
    },
}
