//! Changing the ring, and how far a change is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use http::StatusCode;
use ringway_ring::{Epoch, Health, NodeId, Weight, Zone};
use serde::{Deserialize, Serialize};

use super::json;
use crate::body::IncomingBody;
use crate::membership::{Change, Cluster, Command, MemberState};
use crate::node::Node;
use crate::refusal::Refusal;
use crate::routes::Answer;
use warp::reply::Response;

/// Far above the ids of as many nodes as a cluster can have.
const BODY_BYTES_MAX: u64 = 8 << 20;

/// The body of `POST /ring/change`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    #[serde(default)]
    add: BTreeSet<NodeId>,
    #[serde(default)]
    remove: BTreeSet<NodeId>,
    #[serde(default)]
    weights: BTreeMap<NodeId, Weight>,
}

#[derive(Serialize)]
struct Agreed {
    epoch: Epoch,
    partitions_left: usize,
}

/// `POST /ring/change` `{"add": [], "remove": [], "weights": {}}`: sets out for another ring.
/// Answers 202 once that is agreed on; `GET /ring/status` says how far it is.
pub(crate) async fn change_ring(node: Arc<Node>, body: IncomingBody) -> Answer {
    let body = body.read(BODY_BYTES_MAX, &node.limits, &node.body_budget).await?;
    let Wanted { add, remove, weights } =
        serde_json::from_slice(&body.bytes).map_err(Refusal::RingChange)?;
    propose(&node, Command::Change(Change { add, remove, weights })).await
}

/// `POST /ring/cancel`: what has not arrived goes back.
pub(crate) async fn cancel_change(node: Arc<Node>) -> Answer {
    propose(&node, Command::Cancel).await
}

async fn propose(node: &Node, command: Command) -> Answer {
    let epoch = node.membership.propose(command).await?;
    let partitions_left = partitions_left(&node.clusters.present());
    let mut response = json(&Agreed { epoch, partitions_left });
    *response.status_mut() = StatusCode::ACCEPTED;
    Ok(response)
}

#[derive(Serialize)]
struct RingStatus {
    epoch: Epoch,
    members: BTreeMap<NodeId, MemberStatus>,
    /// How many have not arrived, moving or not.
    partitions_left: usize,
    moving: usize,
}

#[derive(Serialize)]
struct MemberStatus {
    state: &'static str,
    health: Health,
    zone: Zone,
    weight: Weight,
    client: String,
    peer: String,
}

/// `GET /ring/status`: the members, and how far a change of the ring is, as far as this node
/// knows.
pub(crate) fn ring_status(node: &Node) -> Response {
    let cluster = node.clusters.present();
    let members = cluster.members().iter().map(|(id, member)| {
        let status = MemberStatus {
            state: match member.state {
                MemberState::Spare => "spare",
                MemberState::Active => "active",
                MemberState::Leaving => "leaving",
            },
            health: member.health,
            zone: member.zone.clone(),
            weight: member.weight,
            client: member.client.to_string(),
            peer: member.peer.to_string(),
        };
        (id.clone(), status)
    });
    json(&RingStatus {
        epoch: cluster.epoch(),
        members: members.collect(),
        partitions_left: partitions_left(&cluster),
        moving: cluster.moving().count(),
    })
}

fn partitions_left(cluster: &Cluster) -> usize {
    cluster.target().map_or(0, |target| target.lists.len())
}
