//! What the members say of themselves.

use std::sync::Arc;
use std::time::Duration;

use ringway_replica::{NodeNumber, Size};
use ringway_ring::{Epoch, Partition};

use crate::membership::Cluster;
use crate::node::Node;
use crate::peering::node_number;
use crate::peers::{Ask, Peers, Reply};
use crate::replication::Replication;

/// How long a member may take to say how far it is; who takes longer is left out. Below the
/// half second after which the edge asks another node for the same.
const PROGRESS_PATIENCE: Duration = Duration::from_millis(300);
/// How long it may take to hear of a new state. It takes some milliseconds; this is for one that
/// is about to be found dead.
const NEWS_PATIENCE: Duration = Duration::from_secs(1);

/// The bytes of values that the members which can be reached have copied of partitions that
/// moved, each since its start.
pub(crate) async fn handed_off_bytes(node: &Node, cluster: &Cluster) -> u64 {
    let (peers, me) = (node.peers.as_ref(), node_number(&node.id));
    let replies = ask_others(peers, me, cluster, &Ask::Progress, PROGRESS_PATIENCE).await;
    let others = replies.into_iter();
    let bytes = others.map(|reply| match reply {
        Reply::Progress(progress) => progress.handed_off_bytes,
        _ => 0,
    });
    node.replication.status().handed_off + bytes.sum::<u64>()
}

/// How much each partition holds, by number: the most that any of its holders has counted, or
/// nothing where none has that can be reached and answers within `patience`. What `me` holds
/// `replication` tells.
pub(crate) async fn sizes(
    me: NodeNumber,
    peers: Option<&Arc<Peers>>,
    replication: &Replication,
    cluster: &Cluster,
    patience: Duration,
) -> Vec<Option<Size>> {
    let mut sizes: Vec<Option<Size>> = vec![None; cluster.partitions().iter().len()];
    let others = ask_others(peers, me, cluster, &Ask::Sizes, patience).await.into_iter();
    let others = others.filter_map(|reply| match reply {
        Reply::Sizes(sizes) => Some(sizes),
        _ => None,
    });
    for (partition, size) in others.chain([replication.sizes()]).flatten() {
        if let Some(known) = sizes.get_mut(usize::from(partition.get()))
            && known.is_none_or(|known| known.value_bytes <= size.value_bytes)
        {
            *known = Some(size);
        }
    }
    sizes
}

/// Returns once all members that can be reached have heard of the state at `epoch`, or have had
/// the time to.
pub(crate) async fn until_heard(node: &Node, cluster: &Cluster, epoch: Epoch) {
    let (peers, me) = (node.peers.as_ref(), node_number(&node.id));
    ask_others(peers, me, cluster, &Ask::Hear(epoch), NEWS_PATIENCE).await;
}

/// The bytes of values that `partition` holds, of what [`sizes`] told.
pub(crate) fn value_bytes(sizes: &[Option<Size>], partition: Partition) -> u64 {
    let size = sizes.get(usize::from(partition.get())).copied().flatten();
    size.map_or(0, |size| size.value_bytes)
}

async fn ask_others(
    peers: Option<&Arc<Peers>>,
    me: NodeNumber,
    cluster: &Cluster,
    ask: &Ask,
    patience: Duration,
) -> Vec<Reply> {
    let Some(peers) = peers else { return Vec::new() };
    let others = cluster.members().keys().map(node_number).filter(|&number| number != me);
    let replies = peers.ask_all(others, ask, patience).await.into_iter();
    replies.filter_map(|(_, reply)| reply.ok()).collect()
}
