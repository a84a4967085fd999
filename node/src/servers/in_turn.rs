//! One change of the ring after the other.

use std::sync::Arc;

use tokio::time::{Instant, timeout_at};

use super::ServersError;
use crate::agreed::Agreed;
use crate::membership::{Cluster, Command, ProposeError, Refused};
use crate::node::Node;
use crate::refusal::Refusal;
use crate::ring_status::progress;

/// Has the cluster change its ring by the command that `choose` makes for the state that it finds.
/// A change that is on its way is waited for until `deadline`, as are those of others who waited
/// too and were faster.
///
/// # Errors
/// When `choose` makes none, when the cluster refuses it or can't decide, and when the ring is
/// still changing at `deadline`.
pub(super) async fn agree_in_turn(
    node: &Node,
    deadline: Instant,
    choose: impl Fn(&Cluster) -> Result<Command, ServersError>,
) -> Result<Agreed, Refusal> {
    let mut clusters = node.clusters.subscribe();
    loop {
        let found = node.clusters.present();
        let refused = match node.agree(choose(&found)?).await {
            Err(ProposeError::Refused(refused @ Refused::ChangeUnderWay { .. })) => refused,
            agreed => return Ok(agreed?),
        };
        // Who has refused it may know of a change of which this node has yet to hear.
        let is_calm =
            |cluster: &Arc<Cluster>| cluster.epoch() > found.epoch() && cluster.target().is_none();
        if timeout_at(deadline, clusters.wait_for(is_calm)).await.is_err() {
            let observed = node.change_seconds_left(std::time::Instant::now());
            let progress = progress(&node.clusters.present(), observed);
            let seconds = progress.and_then(|change| change.seconds_left);
            return Err(ServersError::RingChanging { why: refused, seconds }.into());
        }
    }
}
