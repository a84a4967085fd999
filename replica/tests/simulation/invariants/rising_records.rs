//! What a replica has accepted of a key never goes back; only a tombstone goes away.

use ringway_replica::Write;

use crate::cluster::Violation;
use crate::disk::Content;

pub(crate) fn stored(node: usize, before: &Content, write: &Write) -> Result<(), Violation> {
    let Write::Record { partition, key, record } = write else { return Ok(()) };
    let Some(old) = before.records.get(&(*partition, key.clone())) else { return Ok(()) };
    match record {
        Some(new) if new.accepted < old.accepted => {
            Err(format!("node {node} goes back from {old:?} to {new:?}"))
        }
        None if !old.is_tombstone() => {
            Err(format!("node {node} removes {old:?}, which is no tombstone"))
        }
        _ => Ok(()),
    }
}
