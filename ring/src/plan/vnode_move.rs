//! A vnode that moves.

use crate::{NodeId, Partition};

/// A partition that a node does not hold yet, and is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VnodeMove {
    /// Which partition.
    pub partition: Partition,
    /// Whom it is counted as copied from: the partition's primary, or the first of its
    /// holders that stays a member, or the primary after all where none does. A node that
    /// copies really compares with a majority of the holders and pulls from them what it
    /// lacks, which is nearly all from the first that it asks.
    pub from: NodeId,
    /// Who is to hold it.
    pub to: NodeId,
    /// How much there is to copy.
    pub bytes: u64,
}
