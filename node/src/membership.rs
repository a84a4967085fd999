//! Who is in the cluster, who holds what, and how that changes.
//!
//! [`cluster`] is the state that all nodes agree on, and nothing else: commands in, the next
//! state or a refusal out.

mod cluster;

pub use self::cluster::{
    Bootstrap, Change, Cluster, ClusterBytesError, Command, MemberRecord, MemberState, Newcomer,
    PartitionGroup, Refused, Settings, Target, Vnode,
};
