//! A vnode that moves.

use crate::{NodeId, Partition};

/// A partition that a node does not hold yet, and is to hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VnodeMove {
    /// Which partition.
    pub partition: Partition,
    /// Whom it is counted as copied from: the first of the partition's holders that goes on
    /// holding it, or its primary where none does. A node that copies really compares with a
    /// majority of the holders and pulls from them what it lacks; but it asks this one first
    /// where it can, and so has nearly all from it.
    pub from: NodeId,
    /// Who is to hold it.
    pub to: NodeId,
    /// How much there is to copy.
    pub bytes: u64,
}
