//! Rings of stub nodes.

use std::net::SocketAddr;

use ringway_ring::{Epoch, Key, PartitionCount, ReplicationFactor, View, ViewNode};

/// A ring of `nodes` as it is by default.
pub(crate) fn view(epoch: u64, nodes: &[(&str, SocketAddr)]) -> View {
    view_of(epoch, PartitionCount::DEFAULT, nodes)
}

pub(crate) fn view_of(
    epoch: u64,
    partitions: PartitionCount,
    nodes: &[(&str, SocketAddr)],
) -> View {
    let node = |&(name, address): &(&str, _)| ViewNode::new(name.parse().unwrap(), address);
    let nodes = nodes.iter().map(node).collect();
    View::create(Epoch::new(epoch), partitions, ReplicationFactor::DEFAULT, nodes).unwrap()
}

/// A key whose preference list is n1, n2, n3.
pub(crate) fn key_of_the_first(view: &View) -> String {
    let leads = |key: &String| {
        let key = Key::new(key.as_str()).unwrap();
        let ids = view.route(view.partition(key.position())).map(|node| node.id.as_str());
        ids.eq(["n1", "n2", "n3"])
    };
    (0..1000).map(|number| format!("key-{number}")).find(leads).unwrap()
}
