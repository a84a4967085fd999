//! A durable promise never goes back, nor does a floor.

use ringway_replica::{PartitionState, Write};

use crate::cluster::Violation;
use crate::disk::Content;

pub(crate) fn stored(node: usize, before: &Content, writes: &[Write]) -> Result<(), Violation> {
    let mut states = before.states.clone();
    for write in writes {
        let &Write::State { partition, state } = write else { continue };
        let old = states.insert(partition, state).unwrap_or(PartitionState::NEW);
        if state.promised < old.promised || state.floor < old.floor {
            return Err(format!("node {node} had promised {old:?} and stores {state:?}"));
        }
    }
    Ok(())
}
