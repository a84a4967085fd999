//! Who is told what comes from other nodes.

use ringway_replica::{Envelope, Incarnation, NodeNumber};

use super::{Answering, Ask};

/// Takes what comes from other nodes. Called from the connections' tasks, of which each
/// reads nothing more until the call returns: be quick, and don't block on a peer.
pub trait Inbox: Send + Sync + 'static {
    /// Messages to `peer` have a way from now on; this is its present start.
    fn reachable(&self, peer: NodeNumber, incarnation: Incarnation);

    /// They no longer have. Follows each [`Inbox::reachable`], and nothing else.
    fn unreachable(&self, peer: NodeNumber);

    /// A message for `shard` came, from whom it says. That a node can be heard doesn't mean
    /// that it can be reached.
    fn received(&self, shard: u8, envelope: Envelope);

    /// `from` asks something. What takes long is for another task, which `answering` may be
    /// given to; how many are at work for one peer, and their bytes, are bounded.
    fn asked(&self, from: NodeNumber, ask: Ask, answering: Answering);
}
