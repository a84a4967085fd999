//! A durable promise never goes back, nor does a floor, nor since when a partition is held.

use ringway_replica::{NodeNumber, PartitionState, Write};

use crate::cluster::Violation;
use crate::disk::Content;

pub(crate) fn stored(node: NodeNumber, before: &Content, write: &Write) -> Result<(), Violation> {
    let Write::State { partition, state } = write else { return Ok(()) };
    let old = before.states.get(partition).copied().unwrap_or(PartitionState::NEW);
    if state.promised < old.promised || state.floor < old.floor || state.since < old.since {
        return Err(format!("node {node} had promised {old:?} and stores {state:?}"));
    }
    Ok(())
}
