//! From what HAProxy has to what it shall have, in an order in which no step leaves it with
//! half a ring.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use ringway_ring::View;

use super::observed::Observed;
use super::ring_map::RingMap;
use super::server::Server;
use super::slot::Slot;
use super::sync_error::SyncError;

/// One step. After each, what HAProxy serves by is one epoch's ring, whole; and so are the
/// files, from which it may start at any moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Put the node at `address` to `slot`, which nobody is sent to yet.
    Enable {
        /// Where.
        slot: Slot,
        /// Whom.
        address: SocketAddr,
    },
    /// Write the file of servers.
    KeepServers(BTreeMap<Slot, Server>),
    /// Write the file of the ring.
    KeepMap(RingMap),
    /// Serve by this ring.
    Swap(RingMap),
    /// Take out who is at `slot`, which nobody is sent to any more.
    Disable(Slot),
}

/// The steps from `seen` to the ring of `view`; none of them changes anything where it is that
/// already.
///
/// # Errors
/// When the view has more nodes than there are slots. Then nothing is to be done.
pub(super) fn plan(view: &View, seen: &Observed) -> Result<Vec<Step>, SyncError> {
    let slots = place(view, seen)?;
    let map = RingMap::of(view, &slots);
    let mut servers = seen.servers.clone();
    let mut steps = Vec::new();
    for (&address, &slot) in &slots {
        let server = Server::of(address);
        if servers.insert(slot, server) != Some(server) {
            steps.push(Step::Enable { slot, address });
        }
    }
    // Those that only the ring of before needs are still among them: either ring finds all of
    // its nodes.
    steps.push(Step::KeepServers(servers.clone()));
    steps.push(Step::KeepMap(map.clone()));
    if map != seen.map {
        steps.push(Step::Swap(map));
    }
    let in_use: BTreeSet<_> = slots.into_values().collect();
    for (&slot, server) in &mut servers {
        if !in_use.contains(&slot) && server.is_enabled {
            steps.push(Step::Disable(slot));
            *server = Server::NOBODY;
        }
    }
    steps.push(Step::KeepServers(servers));
    Ok(steps)
}

/// Where each node of `view` goes: where it is, or where the present ring has it, or to a slot
/// that nobody is at and that the present ring doesn't name.
fn place(view: &View, seen: &Observed) -> Result<BTreeMap<SocketAddr, Slot>, SyncError> {
    let mut free = BTreeSet::new();
    let mut taken: BTreeMap<SocketAddr, Slot> = BTreeMap::new();
    for (&slot, server) in &seen.servers {
        match (server.is_enabled, seen.map.address(slot)) {
            (true, _) => taken.insert(server.address, slot),
            (false, Some(address)) => Some(*taken.entry(address).or_insert(slot)),
            (false, None) => free.insert(slot).then_some(slot),
        };
    }
    let mut free = free.into_iter();
    let mut place = |address| taken.get(&address).copied().or_else(|| free.next());
    let addresses = view.nodes().iter().map(|node| node.address);
    let placed = addresses.map(|address| Some((address, place(address)?))).collect::<Option<_>>();
    placed.ok_or(SyncError::NoFreeSlot { nodes: view.nodes().len(), slots: seen.servers.len() })
}

#[cfg(test)]
mod plan_test;
