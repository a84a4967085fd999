//! Where a request goes.

use crate::Reply;

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route<'r> {
    /// To the first of these nodes that answers: their `ip:port`, separated by commas,
    /// in the order in which to try them.
    Listed(&'r str),
    /// To any node.
    Anywhere,
    /// Nowhere: this is the answer.
    Reply(Reply),
}
