//! What it takes to run nodes somewhere.

use ringway_ring::NodeId;

use super::{LaunchError, LaunchedNode, StartNode};

/// A place where nodes run. Its methods may be called side by side, also for one node.
pub(super) trait Backend: Send + Sync + 'static {
    /// Starts `node`, and returns once it answers. What an earlier node of that name left
    /// on its disk it finds there.
    ///
    /// # Errors
    /// When it runs already, or doesn't come up. Then nothing of it is left.
    fn start(
        &self,
        node: StartNode,
    ) -> impl Future<Output = Result<LaunchedNode, LaunchError>> + Send;

    /// Stops the node `id`: asks it to end, and kills it where it takes too long. Returns
    /// once it is gone, and its data too unless `keep_data`.
    ///
    /// # Errors
    /// When there is no such node here, or it can't be stopped.
    fn stop(
        &self,
        id: NodeId,
        keep_data: bool,
    ) -> impl Future<Output = Result<(), LaunchError>> + Send;

    /// The nodes that run here, ordered by name.
    ///
    /// # Errors
    /// When that can't be found out.
    fn list(&self) -> impl Future<Output = Result<Vec<LaunchedNode>, LaunchError>> + Send;

    /// The launcher ends: so do those nodes that can't go on without it. Starts nothing
    /// from now on.
    fn close(&self) -> impl Future<Output = ()> + Send;
}
