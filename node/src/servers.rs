//! Servers come and go on request: started and stopped by the launcher, put into the ring and
//! taken out of it by the cluster.
//!
//! Whoever asks is answered once the cluster has agreed; the data moves after that. Nothing
//! here is needed for what was agreed on to be done: a server that goes is stopped by the
//! coordinator, whichever node that is then.

mod adding;
mod choice;
mod lookup;
mod removing;
mod servers_error;
mod shutting_down;
mod wanted;

use std::time::Duration;

use tokio::time::timeout;

pub(crate) use self::adding::add;
pub(crate) use self::lookup::{on_port, those_launched};
pub(crate) use self::removing::remove;
pub(crate) use self::servers_error::ServersError;
pub(crate) use self::shutting_down::{ShutDown, shut_down};
pub(crate) use self::wanted::Wanted;
use crate::node::Node;

/// How long a change of the ring that is on its way is waited for, before the next is asked
/// for; that is refused, then.
const CALM_PATIENCE: Duration = Duration::from_mins(1);

/// Returns when the ring isn't changing, or has been for long.
async fn until_calm(node: &Node) {
    let mut clusters = node.clusters.subscribe();
    let calm = clusters.wait_for(|cluster| cluster.target().is_none());
    let _ = timeout(CALM_PATIENCE, calm).await;
}
