//! Servers go.

use std::sync::Arc;

use super::choice::to_remove;
use super::{ServersError, Wanted, those_launched, until_calm};
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
    let launched = those_launched(node).await;
    let choose = |cluster: &Cluster| to_remove(wanted, cluster, &launched);
    // Before anything is waited for, since most that is refused can be refused at once.
    choose(&node.clusters.present())?;
    until_calm(node).await;
    let nodes = choose(&node.clusters.present())?;
    tracing::info!(?nodes, "servers are to go");
    match node.agree(Command::Retire { nodes }).await {
        // Others may have asked meanwhile too.
        Err(ProposeError::Refused(Refused::TooFewLeft { left, copies })) => {
            Err(ServersError::TooFewLeft { left, copies }.into())
        }
        Err(ProposeError::Refused(Refused::NoSuchMember { id })) => {
            Err(ServersError::NoSuchServer { id }.into())
        }
        agreed => Ok(agreed?),
    }
}
