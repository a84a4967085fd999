//! Which nodes are in the ring.

use std::collections::BTreeSet;

use ringway_ring::NodeId;
use serde_json::{Value, json};

use super::json as json_reply;
use super::plain::exactly;
use crate::membership::Cluster;
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::routes::Answer;

/// `GET /rep`: how many nodes are in the ring, and which, by name. A node that is being added
/// is, though it may hold nothing yet, and one that is being removed is not.
pub(crate) fn rep(node: &Node, target: &RawTarget) -> Answer {
    exactly(target, "/rep")?;
    Ok(json_reply(&replicas(&node.clusters.present())))
}

/// `{"N": 2, "replicas": ["n1", "n2"]}`.
pub(super) fn replicas(cluster: &Cluster) -> Value {
    let names: BTreeSet<_> = cluster.active().map(NodeId::as_str).collect();
    json!({ "N": names.len(), "replicas": names })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::Command;
    use crate::membership::sample::{change, cluster_of, newcomer};

    #[test]
    fn who_is_added_is_in_and_who_is_removed_is_out_as_soon_as_that_is_agreed_on() {
        let mut cluster = cluster_of(&["n1", "n2", "n3"]);
        for name in ["n4", "n5"] {
            cluster.apply(Command::Join(newcomer(name))).unwrap();
        }
        assert_eq!(replicas(&cluster), json!({ "N": 3, "replicas": ["n1", "n2", "n3"] }));
        cluster.apply(change(&["n4"], &["n1"])).unwrap();
        assert_eq!(replicas(&cluster), json!({ "N": 3, "replicas": ["n2", "n3", "n4"] }));
    }
}
