//! An acknowledged write is on the disks of a majority, or what came after it is.

use ringway_replica::{Group, Outcome};
use ringway_ring::{Key, Partition};

use crate::cluster::{Violation, index};
use crate::disk::Disk;

pub(crate) fn replied(
    group: &Group,
    partition: Partition,
    key: &Key<'static>,
    outcome: &Outcome,
    disks: &[&Disk],
) -> Result<(), Violation> {
    let &(Outcome::Written { version, .. } | Outcome::Deleted { version }) = outcome else {
        return Ok(());
    };
    let holds = |node: usize| {
        let content = &disks[node].synced;
        let record = content.records.get(&(partition, key.clone()));
        let floor = content.states.get(&partition).map(|state| state.floor);
        record.is_some_and(|record| record.accepted >= version) || floor >= Some(version)
    };
    let holding = group.replicas.iter().filter(|&&node| holds(index(node))).count();
    if holding * 2 > group.replicas.len() {
        Ok(())
    } else {
        Err(format!("{key} {version} was acknowledged, and is on {holding} disks"))
    }
}
