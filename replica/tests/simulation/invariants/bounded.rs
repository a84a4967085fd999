//! Every queue has an end.

use ringway_replica::{Config, Status};

use crate::cluster::Violation;

pub(crate) fn check(status: &Status, config: &Config) -> Result<(), Violation> {
    let partitions = status.partitions + status.clearing;
    let within = status.requests <= config.requests
        && status.proposals <= config.requests * 2
        && status.unsynced <= config.unsynced
        // What was let in before may follow, a value of eight bytes each.
        && status.unsynced_bytes <= config.unsynced_bytes + 2 * 8 * config.requests
        && status.sessions <= config.sessions
        && status.behind <= partitions
        && status.graves <= partitions * config.graves;
    if within { Ok(()) } else { Err(format!("more is held than is allowed: {status:?}")) }
}
