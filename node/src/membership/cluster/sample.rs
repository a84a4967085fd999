//! Clusters to begin a test with.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};

use ringway_replica::NodeNumber;
use ringway_ring::{Epoch, NodeId, Partition, PartitionCount, ReplicationFactor, Weight, Zone};

use crate::cluster_id::ClusterId;
use crate::disk_id::DiskId;
use crate::membership::{Bootstrap, Change, Cluster, Command, Newcomer, Settings};
use crate::peering::node_number;

pub(crate) fn id(name: &str) -> NodeId {
    name.parse().unwrap()
}

pub(crate) fn number(name: &str) -> NodeNumber {
    node_number(&id(name))
}

/// A node with addresses and a disk that follow from its name.
pub(crate) fn newcomer(name: &str) -> Newcomer {
    let bits = twox_hash::XxHash64::oneshot(7, name.as_bytes());
    let [a, b, c, ..] = bits.to_be_bytes();
    let address = |port| SocketAddr::from((Ipv4Addr::new(10, a, b, c), port));
    Newcomer {
        id: id(name),
        client: address(8080),
        peer: address(9090),
        zone: Zone::default(),
        weight: Weight::ONE,
        disk: DiskId::new(u128::from(bits).to_be_bytes()),
    }
}

pub(crate) fn bootstrap(name: &str) -> Bootstrap {
    Bootstrap {
        id: ClusterId::new([1; 16]),
        partitions: PartitionCount::MIN,
        replication_factor: ReplicationFactor::DEFAULT,
        settings: Settings::default(),
        first: newcomer(name),
    }
}

/// A cluster in which each of `names` holds its share.
pub(crate) fn cluster_of(names: &[&str]) -> Cluster {
    let mut cluster = Cluster::bootstrap(bootstrap(names[0]));
    for name in &names[1..] {
        cluster.apply(Command::Join(newcomer(name))).unwrap();
    }
    if names.len() > 1 {
        cluster.apply(change(&names[1..], &[])).unwrap();
        arrive(&mut cluster);
    }
    cluster
}

pub(crate) fn change(add: &[&str], remove: &[&str]) -> Command {
    let ids = |names: &[&str]| names.iter().map(|name| id(name)).collect();
    Command::Change(Change { add: ids(add), remove: ids(remove), weights: BTreeMap::new() })
}

pub(crate) fn begin(begin: BTreeSet<Partition>) -> Command {
    Command::Move { complete: BTreeMap::new(), begin }
}

pub(crate) fn complete(complete: BTreeMap<Partition, Epoch>) -> Command {
    Command::Move { complete, begin: BTreeSet::new() }
}

/// Begins what may begin, and completes all that moves.
pub(crate) fn step(cluster: &mut Cluster) {
    cluster.apply(begin(next_to_begin(cluster))).unwrap();
    cluster.apply(complete(cluster.to_complete(|_, _, _| true))).unwrap();
}

/// What may begin beside all that moves.
pub(crate) fn next_to_begin(cluster: &Cluster) -> BTreeSet<Partition> {
    cluster.to_begin(cluster.moving().count(), |_| true)
}

/// Goes on until the change is done.
pub(crate) fn arrive(cluster: &mut Cluster) {
    while cluster.target().is_some() {
        step(cluster);
    }
}

/// Two names whose numbers are the same: of 2^32 numbers, some 77,000 names have two of one
/// (the birthday paradox).
pub(crate) fn colliding_names() -> (String, String) {
    let mut names = BTreeMap::new();
    for count in 0.. {
        let name = format!("node-{count}");
        if let Some(other) = names.insert(number(&name), name.clone()) {
            return (other, name);
        }
    }
    unreachable!("there are more names than numbers")
}
