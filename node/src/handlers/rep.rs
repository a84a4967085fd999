//! Which nodes hold the data.

use std::collections::BTreeSet;

use ringway_ring::{NodeId, View};
use serde_json::json;

use super::json as json_reply;
use super::plain::exactly;
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::routes::Answer;

/// `GET /rep`: how many nodes are in the ring, and which, by name. A node that holds nothing
/// yet, or no more, is not.
pub(crate) fn rep(node: &Node, target: &RawTarget) -> Answer {
    exactly(target, "/rep")?;
    let present = node.views.present();
    let replicas = in_the_ring(&present.view);
    Ok(json_reply(&json!({ "N": replicas.len(), "replicas": replicas })))
}

fn in_the_ring(view: &View) -> BTreeSet<&str> {
    let assignment = view.assignment();
    let holders: BTreeSet<_> = assignment.lists().flatten().collect();
    let names = holders.into_iter().filter_map(|index| assignment.nodes().get(index.get()));
    names.map(NodeId::as_str).collect()
}

#[cfg(test)]
mod tests {
    use ringway_ring::ViewNode;

    use super::*;

    #[test]
    fn a_member_that_holds_nothing_is_not_in_the_ring() {
        let json = include_bytes!("../../../ring/vectors/views/five_nodes.json");
        let five = View::from_json(json).unwrap();
        let spare = ViewNode::new("n0".parse().unwrap(), "10.9.9.9:80".parse().unwrap());
        let nodes = five.nodes().iter().cloned().chain([spare]).collect();
        let (factor, assignment) = (five.replication_factor(), five.assignment().clone());
        let view = View::new(five.epoch(), factor, nodes, assignment, Vec::new()).unwrap();
        let names: BTreeSet<_> = five.nodes().iter().map(|node| node.id.as_str()).collect();
        assert_eq!(in_the_ring(&view), names);
    }
}
