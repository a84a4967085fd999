//! What a replica has accepted of a key never goes back; only a tombstone goes away, and what
//! is of another time than that since which the partition is held.

use ringway_replica::{NodeNumber, Write};
use ringway_ring::Partition;

use crate::cluster::Violation;
use crate::disk::Content;
use crate::topology::Topology;

pub(crate) fn stored(
    topology: &Topology,
    node: NodeNumber,
    before: &Content,
    write: &Write,
) -> Result<(), Violation> {
    let Write::Record { partition, key, record, .. } = write else { return Ok(()) };
    let Some(old) = before.records.get(&(*partition, key.clone())) else { return Ok(()) };
    match record {
        Some(new) if new.accepted < old.accepted => {
            Err(format!("node {node} goes back from {old:?} to {new:?}"))
        }
        None if !old.is_tombstone() && is_held(topology, node, before, *partition) => {
            Err(format!("node {node} removes {old:?}, which is no tombstone"))
        }
        _ => Ok(()),
    }
}

/// Whether what `node` has of `partition` counts.
fn is_held(topology: &Topology, node: NodeNumber, content: &Content, partition: Partition) -> bool {
    let since = content.states.get(&partition).map(|state| state.since);
    since.is_some() && topology.since(partition, node) == since
}
