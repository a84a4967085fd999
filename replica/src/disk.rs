//! What is on its way to the disk, and what waits for it.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use ringway_ring::{Epoch, Partition};

use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::request::Origin;
use crate::step::Step;
use crate::{Ballot, Effect, Message, NodeNumber, Outcome, Ticket, Version, Write};

/// The stores under way, and what may only be said once they are durable.
#[derive(Debug, Default)]
pub(crate) struct Disk {
    last: u64,
    stores: BTreeMap<Ticket, Vec<Write>>,
    deferred: BTreeMap<Ticket, Vec<Deferred>>,
    waiting: usize,
    bytes: usize,
}

/// What waits until a store is durable.
#[derive(Debug)]
pub(crate) enum Deferred {
    /// An answer to a peer.
    Send { to: NodeNumber, message: Message },
    /// An answer to a read that asked for this node's copy.
    Complete { origin: Origin, outcome: Outcome },
    /// The leader counts itself among those that accepted.
    OwnAck { partition: Partition, version: Version },
    /// The leader-to-be counts itself among those that promised, and only now asks others:
    /// had it asked before and restarted, it could make the same ballot twice.
    OwnPromise { partition: Partition, ballot: Ballot },
    /// All that a peer had of a partition under this configuration is here.
    PulledAll { partition: Partition, configuration: Epoch, peer: NodeNumber },
}

impl Disk {
    /// How many answers wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many bytes of values are in the stores under way.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The last store under way.
    pub(crate) fn until(&self) -> Option<Ticket> {
        self.stores.last_key_value().map(|(&ticket, _)| ticket)
    }

    fn begin(&mut self, ticket: Ticket, writes: Vec<Write>) {
        self.bytes += value_bytes(&writes);
        self.stores.insert(ticket, writes);
    }

    fn end(&mut self, ticket: Ticket) -> Vec<Write> {
        let writes = self.stores.remove(&ticket).unwrap_or_default();
        self.bytes -= value_bytes(&writes);
        writes
    }
}

fn value_bytes(writes: &[Write]) -> usize {
    let bytes = |write: &Write| match write {
        Write::Record { record: Some(record), .. } => record.value_bytes(),
        Write::Record { record: None, .. } | Write::State { .. } => 0,
    };
    writes.iter().map(bytes).sum()
}

impl Replica {
    /// Stores `writes`. From here on this node acts as if they were stored, but lets out
    /// nothing that rests on them.
    pub(crate) fn submit(&mut self, mut writes: Vec<Write>, step: &mut Step<'_>) -> Ticket {
        self.disk.last += 1;
        let ticket = Ticket(self.disk.last);
        for write in &mut writes {
            match write {
                Write::Record { partition, key, record, replaced } => {
                    let is_new = self.is_new(*partition, key, step);
                    self.known.insert(key.position());
                    let Some(vnode) = self.vnodes.get_mut(*partition) else { continue };
                    let stored = || step.stored_head(*partition, key);
                    let shadow = vnode.shadow(key, || if is_new { None } else { stored() });
                    *replaced = shadow.replaced();
                    shadow.push(ticket, record.clone());
                }
                Write::State { partition, state } => {
                    let Some(vnode) = self.vnodes.get_mut(*partition) else { continue };
                    vnode.set_state(*state, ticket);
                }
            }
        }
        self.disk.begin(ticket, writes.clone());
        step.effects.push(Effect::Store { ticket, writes });
        ticket
    }

    /// Does `deferred` once `until` is durable; at once if there is nothing to wait for.
    pub(crate) fn defer(&mut self, until: Option<Ticket>, deferred: Deferred, step: &mut Step<'_>) {
        let hasty = self.has(Mutant::AckBeforeFsync) && matches!(deferred, Deferred::Send { .. });
        match until.filter(|_| !hasty) {
            Some(ticket) => {
                self.disk.waiting += 1;
                self.disk.deferred.entry(ticket).or_default().push(deferred);
            }
            None => self.perform(deferred, step),
        }
    }

    fn perform(&mut self, deferred: Deferred, step: &mut Step<'_>) {
        match deferred {
            Deferred::Send { to, message } => self.send(to, message, step),
            Deferred::Complete { origin, outcome } => self.complete(origin, outcome, step),
            Deferred::OwnAck { partition, version } => {
                self.acked(partition, version, self.me, step);
            }
            Deferred::OwnPromise { partition, ballot } => self.own_promise(partition, ballot, step),
            Deferred::PulledAll { partition, configuration, peer } => {
                self.pulled_all(partition, configuration, peer, step);
            }
        }
    }

    /// `ticket` is durable.
    pub(crate) fn on_stored(&mut self, ticket: Ticket, step: &mut Step<'_>) {
        for write in self.disk.end(ticket) {
            match write {
                Write::Record { partition, key, .. } => {
                    if let Some(vnode) = self.vnodes.get_mut(partition) {
                        vnode.record_stored(&key, ticket);
                    }
                }
                Write::State { partition, state } => {
                    if let Some(vnode) = self.vnodes.get_mut(partition) {
                        vnode.state_stored(state, ticket);
                    }
                }
            }
        }
        let later = self.disk.deferred.split_off(&Ticket(ticket.0 + 1));
        let ready = core::mem::replace(&mut self.disk.deferred, later);
        for deferred in ready.into_values().flatten() {
            self.disk.waiting -= 1;
            self.perform(deferred, step);
        }
    }

    /// `ticket` was refused. Everything that waits for it or a later store is forgotten, as
    /// it may rest on it; whoever asked will ask again. What this node leads and could not
    /// store it gives up: a leader reads its own records, so it must have them.
    pub(crate) fn on_store_failed(&mut self, ticket: Ticket, step: &mut Step<'_>) {
        self.no_lead_before = step.now.instant.after(self.config.disk_pause_ms);
        // Some of what was copied may be lost: what is missing is found anew.
        self.lose_copies();
        for write in self.disk.end(ticket) {
            match write {
                Write::Record { partition, key, .. } => {
                    if let Some(vnode) = self.vnodes.get_mut(partition) {
                        vnode.record_failed(&key, ticket);
                    }
                }
                Write::State { partition, .. } => {
                    if let Some(vnode) = self.vnodes.get_mut(partition) {
                        vnode.state_failed(ticket);
                    }
                }
            }
        }
        for deferred in self.disk.deferred.split_off(&ticket).into_values().flatten() {
            self.disk.waiting -= 1;
            match deferred {
                Deferred::OwnAck { partition, version: Version { ballot, .. } }
                | Deferred::OwnPromise { partition, ballot } => {
                    self.resign(partition, ballot);
                }
                Deferred::Complete { origin, .. } => {
                    let outcome = Outcome::NotApplied(crate::Reason::Disk);
                    self.complete(origin, outcome, step);
                }
                Deferred::Send { .. } | Deferred::PulledAll { .. } => {}
            }
        }
    }
}
