//! Servers go.

use std::sync::Arc;

use tokio::time::Instant;

use super::choice::to_remove;
use super::in_turn::agree_in_turn;
use super::{ServersError, Wanted, those_launched};
use crate::agreed::Agreed;
use crate::membership::{Cluster, Command, ProposeError, Refused};
use crate::node::Node;
use crate::refusal::Refusal;

/// Has the cluster take out the servers that are `wanted`. What they hold moves to others;
/// the coordinator stops each that holds nothing any more.
///
/// # Errors
/// When that makes no sense, or the cluster can't decide.
pub(crate) async fn remove(node: &Arc<Node>, wanted: &Wanted) -> Result<Agreed, Refusal> {
    let deadline = Instant::now() + node.limits.ring_patience;
    let launched = those_launched(node).await;
    let retire = |cluster: &Cluster| {
        let nodes = to_remove(wanted, cluster, &launched)?;
        tracing::info!(?nodes, "servers are to go");
        Ok(Command::Retire { nodes })
    };
    match agree_in_turn(node, deadline, retire).await {
        // Others may have asked meanwhile too.
        Err(Refusal::Proposal(ProposeError::Refused(Refused::TooFewLeft { left, copies }))) => {
            Err(ServersError::TooFewLeft { left, copies }.into())
        }
        Err(Refusal::Proposal(ProposeError::Refused(Refused::NoSuchMember { id }))) => {
            Err(ServersError::NoSuchServer { id }.into())
        }
        agreed => agreed,
    }
}
