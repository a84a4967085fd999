//! An acknowledged write is on the disks of a majority, or what came after it is; while the
//! holders change, of a majority of each list. A disk that is lost for good counts as it was.

use ringway_replica::{NodeNumber, Outcome};
use ringway_ring::{Key, Partition};

use crate::cluster::Violation;
use crate::disk::Content;
use crate::topology::Topology;

pub(crate) fn replied(
    topology: &Topology,
    partition: Partition,
    key: &Key<'static>,
    outcome: &Outcome,
    disks: &[(NodeNumber, &Content)],
) -> Result<(), Violation> {
    let &(Outcome::Written { version, .. } | Outcome::Deleted { version }) = outcome else {
        return Ok(());
    };
    let place = (partition, key.clone());
    let holds = |node: NodeNumber| {
        let (_, content) = disks.iter().find(|(number, _)| *number == node)?;
        Some(content.records.get(&place)?.accepted >= version)
    };
    // Purged, everywhere at once; of who came later no floor tells.
    let is_purged = disks.iter().any(|(_, content)| {
        let state = content.states.get(&partition);
        state.is_some_and(|state| state.floor >= version)
    });
    let (replicas, next) = topology.holders(partition);
    // What was committed before the move began is with a majority of the next later on.
    let is_of_present = version.ballot.configuration == topology.configuration(partition);
    for list in [replicas, if is_of_present { next } else { &[] }] {
        let holding = list.iter().filter(|&&node| holds(node) == Some(true)).count();
        if !list.is_empty() && holding * 2 <= list.len() && !is_purged {
            let of = list.len();
            return Err(format!(
                "{key} {version} was acknowledged, and is on {holding} disks of {of}"
            ));
        }
    }
    Ok(())
}
