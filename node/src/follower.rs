//! Keeps a node at the cluster's latest state.

use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ringway_ring::NodeId;
use tokio::time::{sleep, timeout};

use crate::cluster_watch::ClusterWatch;
use crate::membership::{Cluster, Command, MemberRecord, Membership, Newcomer};
use crate::node::Node;
use crate::peering::node_number;
use crate::peers::{Ask, PeerAddress, Peers, Reply};
use crate::view_watch::PublishedView;

/// How long consensus has to tell of a later state before another node is asked for it: the
/// command that makes it is short, and the whole state is not.
const CONSENSUS_FIRST: Duration = Duration::from_millis(100);
/// How long another node may take to tell its state.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long to wait before the cluster is told once more.
const AGAIN: Duration = Duration::from_secs(1);

/// Tells `clusters` what consensus agrees on, for ever.
pub(crate) async fn hear_consensus(membership: Membership, clusters: Arc<ClusterWatch>) {
    let mut agreed = membership.subscribe();
    loop {
        let latest = Arc::clone(&agreed.borrow_and_update());
        clusters.offer(latest);
        if agreed.changed().await.is_err() {
            return;
        }
    }
}

/// Asks who seems to know a later state: consensus may be slow to tell it, or cut off.
pub(crate) async fn ask_who_knows_more(node: Arc<Node>) -> Infallible {
    let Some(peers) = &node.peers else { return pending().await };
    let mut behind = node.replication.behind();
    while behind.changed().await.is_ok() {
        let Some((peer, epoch)) = *behind.borrow_and_update() else { continue };
        let mut clusters = node.clusters.subscribe();
        let told = clusters.wait_for(|cluster| cluster.epoch() >= epoch);
        if timeout(CONSENSUS_FIRST, told).await.is_ok() {
            continue;
        }
        match peers.ask(peer, Ask::Cluster, PATIENCE).await {
            Ok(Reply::Cluster(bytes)) => match Cluster::from_bytes(&bytes) {
                Ok(cluster) => node.clusters.offer(Arc::new(cluster)),
                Err(error) => tracing::warn!(%peer, %error, "a state that can't be read"),
            },
            Ok(_) => {}
            Err(error) => tracing::debug!(%peer, %error, "a later state was not told"),
        }
    }
    pending().await
}

/// Does what the latest state says, whenever there is one. Ends never.
pub(crate) async fn follow(node: Arc<Node>) -> Infallible {
    let mut clusters = node.clusters.subscribe();
    loop {
        let cluster = Arc::clone(&clusters.borrow_and_update());
        node.pace.lock().note(cluster.partitions_left(), Instant::now());
        // The replicas first: who routes by the new view finds them ready.
        node.replication.place(&cluster);
        if let Some(peers) = &node.peers {
            set_members(peers, &cluster);
        }
        node.views.publish(PublishedView::new(cluster.view()));
        if clusters.changed().await.is_err() {
            return pending().await;
        }
    }
}

/// Lets `peers` speak with the members of `cluster`.
pub(crate) fn set_members(peers: &Peers, cluster: &Cluster) {
    peers.set_members(peers_of(cluster));
}

/// The members of `cluster`, as nodes reach each other.
pub(crate) fn peers_of(cluster: &Cluster) -> Vec<PeerAddress> {
    let peer = |(id, member): (&NodeId, &MemberRecord)| PeerAddress {
        number: node_number(id),
        id: id.clone(),
        address: member.peer,
        disk: Some(member.disk),
    };
    cluster.members().iter().map(peer).collect()
}

/// Tells the cluster where this node is, if that is not what it knows, and goes on until it
/// does.
pub(crate) async fn tell_addresses(node: Arc<Node>, me: Newcomer) {
    let Newcomer { id, client, peer, disk, .. } = me;
    loop {
        let cluster = node.clusters.present();
        let is_known = cluster
            .members()
            .get(&id)
            .is_none_or(|member| (member.client, member.peer) == (client, peer));
        if is_known {
            return;
        }
        let command = Command::Address { node: id.clone(), disk, client, peer };
        if let Err(error) = node.membership.propose(command).await {
            tracing::warn!(%error, "the cluster does not know yet where this node is");
            sleep(AGAIN).await;
        }
    }
}
