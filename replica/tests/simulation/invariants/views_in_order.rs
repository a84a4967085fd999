//! What a node takes for the present view never gets older, but by a restart.

use ringway_replica::Replica;
use ringway_ring::Epoch;

use crate::cluster::Violation;

pub(crate) fn told(node: usize, known: Epoch, replica: &Replica) -> Result<(), Violation> {
    let epoch = replica.epoch();
    if epoch < known {
        return Err(format!("node {node} goes back to the view of {epoch} from that of {known}"));
    }
    Ok(())
}
