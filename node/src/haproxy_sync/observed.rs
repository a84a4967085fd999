//! What HAProxy has at present.

use std::collections::BTreeMap;

use super::ring_map::RingMap;
use super::server::Server;
use super::slot::Slot;

/// What HAProxy has at present: what it serves by, or, where it doesn't run, what it would
/// start with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Observed {
    /// The slots that there are.
    pub(super) servers: BTreeMap<Slot, Server>,
    /// The ring.
    pub(super) map: RingMap,
}

impl Observed {
    /// What `show servers state` tells. A slot is enabled only if both backends have the same
    /// there.
    pub(super) fn servers(state: &str) -> BTreeMap<Slot, Server> {
        let mut servers: BTreeMap<Slot, Server> = BTreeMap::new();
        let found = |wanted: &'static str| {
            state.lines().filter_map(Server::parse).filter_map(move |(backend, name, server)| {
                (backend == wanted).then_some((name.parse::<Slot>().ok()?, server))
            })
        };
        servers.extend(found("reads"));
        for (slot, second) in found("writes") {
            if let Some(first) = servers.get_mut(&slot) {
                first.is_enabled &= first.address == second.address;
            }
        }
        servers
    }
}
