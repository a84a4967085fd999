//! Where pages of held keys come from.

use std::future::Future;

use ringway_replica::NodeNumber;
use ringway_ring::Epoch;

use crate::peers::{AskError, KeysPage, KeysQuery};

/// Can tell what each node of the cluster holds.
pub(crate) trait KeySource: Send + Sync + 'static {
    /// A page of the keys that `holder` holds, in the order of their bytes: records of any
    /// kind, of all its partitions, everything up to the page's last key. `holder` may be
    /// this node. Takes bounded time. Refused where its view is not the one of `epoch`: it
    /// may count on other holders.
    fn keys_of(
        &self,
        holder: NodeNumber,
        epoch: Epoch,
        query: KeysQuery,
    ) -> impl Future<Output = Result<KeysPage, AskError>> + Send;
}
