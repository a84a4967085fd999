//! Who decides who may join.

use std::pin::Pin;

use super::{JoinReply, JoinRequest};

/// Decides who becomes a member.
pub trait JoinDesk: Send + Sync + 'static {
    /// What `request` comes to, of a node that knows the secret, the cluster's name and as
    /// many shards as this one. How many are at work is bounded, and the time of each: after
    /// it the future is dropped. Asked twice the same, it should say the same: the first
    /// answer may have been lost.
    fn join(&self, request: JoinRequest) -> Pin<Box<dyn Future<Output = JoinReply> + Send + '_>>;
}
