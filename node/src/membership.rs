//! Who is in the cluster, who holds what, and how that changes.
//!
//! [`cluster`] is the state that all nodes agree on, and nothing else: commands in, the next
//! state or a refusal out. [`raft`] brings the same commands in the same order to all nodes.
//! [`handle`] is what the rest of the node sees of both.

mod cluster;
mod handle;
mod raft;

#[cfg(test)]
pub(crate) use self::cluster::sample;
pub use self::cluster::{
    Bootstrap, Change, Cluster, ClusterBytesError, Command, MemberRecord, MemberState, Newcomer,
    PartitionGroup, Refused, Settings, SettingsChange, Target, Vnode,
};
pub use self::handle::Membership;
pub use self::raft::{
    BadAsk, Carried, Carrier, Consensus, ConsensusError, ConsensusMetrics, NotCarried, ProposeError,
};
