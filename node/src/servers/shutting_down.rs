//! One server ends, and stays a member: it may come back.

use std::sync::Arc;

use ringway_ring::NodeId;

use super::ServersError;
use crate::let_end::{LetEnd, let_end};
use crate::node::Node;
use crate::peering::node_number;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShutDown {
    /// It is gone.
    Ended,
    /// It is this node, which answers first.
    Ending,
}

/// Ends the server `id` in good order, once what it has in flight is finished. Its data and
/// its place in the ring stay.
///
/// # Errors
/// When it can't be told to.
pub(crate) async fn shut_down(node: &Arc<Node>, id: NodeId) -> Result<ShutDown, ServersError> {
    tracing::info!(%id, "a server is to end");
    if id == node.id {
        let node = Arc::clone(node);
        // It would wait for its own answer.
        tokio::spawn(async move {
            match by_launcher(&node, &id).await {
                Ok(true) => {}
                Ok(false) => node.ending.ask(),
                Err(error) => tracing::error!(%error, "the launcher does not stop this node"),
            }
        });
        return Ok(ShutDown::Ending);
    }
    if by_launcher(node, &id).await? {
        return Ok(ShutDown::Ended);
    }
    let ended = match &node.peers {
        Some(peers) => let_end(peers, node_number(&id)).await,
        None => LetEnd::NeverReached,
    };
    match ended {
        LetEnd::Ended => Ok(ShutDown::Ended),
        LetEnd::NeverReached => Err(ServersError::Unreachable { id }),
        LetEnd::StillThere => Err(ServersError::StillThere { id }),
    }
}

/// Has the launcher stop it. Tells whether there is one that runs it: who is started again
/// whenever it ends, as by Docker, can be ended by nobody else.
async fn by_launcher(node: &Node, id: &NodeId) -> Result<bool, ServersError> {
    let Some(launcher) = &node.launcher else { return Ok(false) };
    match launcher.stop(id, true).await {
        Err(error) if error.is_unknown_node() => Ok(false),
        stopped => Ok(stopped.map(|()| true)?),
    }
}
