//! Who is told what comes from other nodes.

use ringway_replica::{Incarnation, NodeNumber};

use super::PeerMessage;

/// Takes what comes from other nodes. Called from the connections' tasks, of which each
/// reads nothing more until the call returns: be quick, and don't block on a peer.
pub trait Inbox: Send + Sync + 'static {
    /// Messages to `peer` have a way from now on; this is its present start.
    fn reachable(&self, peer: NodeNumber, incarnation: Incarnation);

    /// They no longer have. Follows each [`Inbox::reachable`], and nothing else.
    fn unreachable(&self, peer: NodeNumber);

    /// A message came. That `from` can be heard doesn't mean that it can be reached.
    fn received(&self, from: NodeNumber, message: PeerMessage);
}
