//! Where a key lies, and who would serve it.

use ringway_ring::{Epoch, Key, NodeId, Partition, RequestTarget, View};
use serde::Serialize;

use super::{JSON, bytes, json};
use crate::node::Node;
use crate::peering::node_number;
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
    /// Of the replicas, those that this node can reach, itself included.
    reachable: Vec<&'v NodeId>,
    serves: Option<&'v NodeId>,
    why: String,
}

/// `GET /explain/{key}`: who holds the key, whom of them this node can reach, and who
/// would serve a request that came here.
pub(crate) fn explain(node: &Node, target: &RawTarget) -> Answer {
    let bytes = target.bytes();
    let RequestTarget::Key(key) = RequestTarget::parse(&bytes)? else {
        return Err(Refusal::NoSuchRoute);
    };
    let published = node.views.present();
    let reaches = |holder: &NodeId| node.replication.reaches(node_number(holder));
    Ok(json(&explanation(&published.view, &key, &node.id, reaches)))
}

fn explanation<'v>(
    view: &'v View,
    key: &'v Key<'_>,
    asked: &NodeId,
    reaches: impl Fn(&NodeId) -> bool,
) -> Explanation<'v> {
    let partition = view.partition(key.position());
    let replicas: Vec<_> = view.preference_list(partition).map(|node| &node.id).collect();
    let reachable: Vec<_> = replicas.iter().copied().filter(|id| reaches(id)).collect();
    let mut preferred = view.route(partition).map(|node| &node.id);
    let has_majority = reachable.len() * 2 > replicas.len();
    let serves = preferred.find(|id| has_majority && reaches(id));
    Explanation {
        key: key.as_str(),
        position: key.position().to_string(),
        partition: partition.get(),
        epoch: view.epoch(),
        why: why(partition, asked, &replicas, &reachable, serves),
        replicas,
        reachable,
        serves,
    }
}

fn why(
    partition: Partition,
    asked: &NodeId,
    replicas: &[&NodeId],
    reachable: &[&NodeId],
    serves: Option<&NodeId>,
) -> String {
    match (replicas, serves) {
        ([first, ..], Some(serves)) if *first == serves => {
            format!("{serves} is first in the preference list of partition {partition}")
        }
        (_, Some(serves)) => format!(
            "{serves} is the first that {asked} can reach in the preference list of partition \
             {partition}"
        ),
        (_, None) => format!(
            "{asked} can reach {} of the {} that hold partition {partition}, and no majority",
            reachable.len(),
            replicas.len()
        ),
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

#[cfg(test)]
mod tests {
    use ringway_ring::{PartitionCount, ReplicationFactor, ViewNode};

    use super::*;

    #[test]
    fn who_serves_depends_on_whom_the_node_can_reach() {
        let node = |number: u16| {
            let address = format!("127.0.0.1:{number}").parse().unwrap();
            ViewNode::new(format!("n{number}").parse().unwrap(), address)
        };
        let nodes = (1..=5).map(node).collect();
        let (partitions, copies) = (PartitionCount::MIN, ReplicationFactor::DEFAULT);
        let view = View::create(Epoch::FIRST, partitions, copies, nodes).unwrap();
        let key = Key::new("a key").unwrap();
        let asked: NodeId = "n9".parse().unwrap();
        let explained = |down: &[&NodeId]| {
            let down: Vec<NodeId> = down.iter().map(|&id| id.clone()).collect();
            explanation(&view, &key, &asked, move |id| !down.contains(id))
        };
        let all = explained(&[]);
        let [first, second, third] = all.replicas[..] else { panic!("three copies") };
        assert_eq!((all.reachable, all.serves), (vec![first, second, third], Some(first)));
        assert!(all.why.contains("is first in the preference list"), "{}", all.why);
        let two = explained(&[first]);
        assert_eq!((two.reachable, two.serves), (vec![second, third], Some(second)));
        assert!(two.why.contains("the first that n9 can reach"), "{}", two.why);
        let one = explained(&[first, third]);
        assert_eq!((one.reachable, one.serves), (vec![second], None));
        assert!(one.why.contains("1 of the 3"), "{}", one.why);
    }
}
