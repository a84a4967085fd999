//! Where a key lies, and who would serve it.

use ringway_ring::{Epoch, Key, NodeId, Partition, RequestTarget, View};
use serde::Serialize;

use super::{JSON, bytes, json};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::Answer;

#[derive(Serialize)]
struct Explanation<'v> {
    key: &'v str,
    position: String,
    partition: u16,
    epoch: Epoch,
    replicas: Vec<&'v NodeId>,
    serves: Option<&'v NodeId>,
    why: String,
}

/// `GET /explain/{key}`
pub(crate) fn explain(node: &Node, target: &RawTarget) -> Answer {
    let bytes = target.bytes();
    let RequestTarget::Key(key) = RequestTarget::parse(&bytes)? else {
        return Err(Refusal::NoSuchRoute);
    };
    let published = node.views.present();
    Ok(json(&explanation(&published.view, &key)))
}

fn explanation<'v>(view: &'v View, key: &'v Key<'_>) -> Explanation<'v> {
    let partition = view.partition(key.position());
    let replicas: Vec<_> = view.preference_list(partition).map(|node| &node.id).collect();
    let serves = view.route(partition).next().map(|node| &node.id);
    Explanation {
        key: key.as_str(),
        position: key.position().to_string(),
        partition: partition.get(),
        epoch: view.epoch(),
        why: why(partition, &replicas, serves),
        replicas,
        serves,
    }
}

fn why(partition: Partition, replicas: &[&NodeId], serves: Option<&NodeId>) -> String {
    match (replicas, serves) {
        ([first, ..], Some(serves)) if *first == serves => {
            format!("{serves} is first in the preference list of partition {partition}")
        }
        (_, Some(serves)) => format!(
            "{serves} is the first that is up in the preference list of partition {partition}"
        ),
        (_, None) => format!("nobody holds partition {partition}"),
    }
}

/// `GET /map_request?id=`
pub(crate) fn map_request(node: &Node, target: &RawTarget) -> Answer {
    let target = target.bytes();
    let RequestTarget::MapRequest(id) = RequestTarget::parse(&target)? else {
        return Err(Refusal::NoSuchRoute);
    };
    let view = &node.views.present().view;
    let partition = view.partition(id.key().position());
    match view.route(partition).next() {
        Some(server) => Ok(bytes(JSON, id.reply(&server.id).into())),
        None => unreachable!("a view has nodes, and each partition a primary"),
    }
}
