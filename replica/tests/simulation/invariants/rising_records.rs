//! What a replica has accepted of a key never goes back; only a tombstone goes away.

use ringway_replica::Write;

use crate::cluster::Violation;
use crate::disk::Content;

pub(crate) fn stored(node: usize, before: &Content, writes: &[Write]) -> Result<(), Violation> {
    let mut records = before.records.clone();
    for write in writes {
        let Write::Record { partition, key, record } = write else { continue };
        let place = (*partition, key.clone());
        let old = records.get(&place);
        match record {
            Some(new) if old.is_some_and(|old| new.accepted < old.accepted) => {
                return Err(format!("node {node} goes back from {old:?} to {new:?}"));
            }
            None if old.is_some_and(|old| !old.is_tombstone()) => {
                return Err(format!("node {node} removes {old:?}, which is no tombstone"));
            }
            Some(new) => drop(records.insert(place, new.clone())),
            None => drop(records.remove(&place)),
        }
    }
    Ok(())
}
