//! Liveness: after the faults everything is answered, and the replicas become equal.

use std::collections::BTreeSet;

use ringway_replica::{NodeNumber, Record};

use crate::cluster::{Cluster, Violation, index};

/// How long after the last request at most.
const WITHIN_MS: u64 = 10_000;

/// Runs on until all is quiet.
pub(crate) fn settle(cluster: &mut Cluster) -> Result<(), Violation> {
    let from = cluster.now;
    loop {
        let Some(missing) = missing(cluster) else { return Ok(()) };
        if cluster.now - from > WITHIN_MS {
            return Err(format!("not settled within {WITHIN_MS} ms: {missing}"));
        }
        let until = cluster.now + 40;
        cluster.run(until)?;
    }
}

/// What is missing to a quiet, clean and equal cluster.
fn missing(cluster: &Cluster) -> Option<String> {
    for (client, one) in cluster.clients.all.iter().enumerate() {
        if let Some(waiting) = &one.waiting {
            return Some(format!("client {client} waits for {waiting:?}"));
        }
    }
    for (number, node) in cluster.nodes.iter().enumerate() {
        let Some(replica) = &node.replica else {
            if node.lost.is_some() {
                continue;
            }
            return Some(format!("node {number} is down"));
        };
        let status = replica.status();
        if status.requests + status.proposals + status.unsynced + status.graves + status.clearing
            > 0
        {
            return Some(format!("node {number} is busy: {status:?}"));
        }
    }
    if !cluster.topology.is_still() {
        return Some("a partition still moves".to_owned());
    }
    for partition in cluster.topology.partitions() {
        let (replicas, _) = cluster.topology.holders(partition);
        let is_gone = |&&one: &&NodeNumber| {
            let here = &cluster.nodes[index(one)];
            here.number != one || here.lost.is_some()
        };
        if let Some(gone) = replicas.iter().find(is_gone) {
            return Some(format!("partition {partition} counts on {gone}, which is gone"));
        }
        let holders: BTreeSet<usize> = replicas.iter().map(|&node| index(node)).collect();
        let held = |node: usize| {
            let records = cluster.nodes[node].disk.synced.records.iter();
            let here = records.filter(move |((other, _), _)| *other == partition);
            here.map(|((_, key), record)| (key.clone(), record.clone())).collect::<Vec<_>>()
        };
        let others = (0..cluster.nodes.len()).filter(|node| !holders.contains(node));
        if let Some(node) = others.into_iter().find(|&node| !held(node).is_empty()) {
            return Some(format!("node {node} still has {:?} of {partition}", held(node)));
        }
        let all: Vec<Vec<_>> = holders.into_iter().map(held).collect();
        if all.iter().any(|one| *one != all[0]) {
            return Some(format!("partition {partition} differs: {all:?}"));
        }
        let is_garbage = |record: &Record| match &record.body {
            ringway_replica::Body::Value(value) => value.expires.is_some(),
            ringway_replica::Body::Tombstone => true,
        };
        if let Some((key, record)) = all[0].iter().find(|(_, record)| is_garbage(record)) {
            return Some(format!("{key} is still there: {record:?}"));
        }
    }
    None
}
