//! Where a request goes.

use crate::Reply;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<'r> {
    /// To the first that answers of the nodes that this
    /// [`RouteHeader`](ringway_ring::RouteHeader) names.
    Listed(&'r str),
    /// To any node.
    Anywhere,
    /// Nowhere: this is the answer.
    Reply(Reply),
}
