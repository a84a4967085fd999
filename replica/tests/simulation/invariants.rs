//! What holds at every moment, whatever happens. One file each.
//!
//! | invariant | where it comes from |
//! | --- | --- |
//! | [`one_leader`]: a ballot has one leader, a version one record | Paxos Made Simple §2.2, P2b: proposals have distinct numbers |
//! | [`promises`]: a durable promise or floor never goes back | Paxos Made Simple §2.2, P1a; §2.5 |
//! | [`durable_acks`]: an acknowledged write is on a majority's disks | Paxos Made Simple §2.3; CASPaxos §2.2 |
//! | [`rising_records`]: what a replica has accepted of a key never goes back, and only a tombstone goes away | Paxos Made Simple §2.2, P2 |
//! | [`views_in_order`]: a node's view never gets older | Raft §6 |
//! | [`bounded`]: every queue has an end | TigerStyle: limits on everything |
//! | [`throttled`]: what moves is copied no faster than allowed | `Config::handoff_bytes_per_second` |
//!
//! Two more hold at the end: the histories are linearizable ([`checker`](crate::checker)),
//! and the replicas converge ([`convergence`](crate::convergence)).

mod bounded;
mod durable_acks;
mod one_leader;
mod promises;
mod rising_records;
mod throttled;
mod views_in_order;

use ringway_replica::{Config, Envelope, NodeNumber, Outcome, Replica, Write};
use ringway_ring::{Epoch, Key, Partition};

use crate::cluster::Violation;
use crate::disk::Content;
use crate::topology::Topology;
use one_leader::OneLeader;
use throttled::Throttled;

/// All of them, with what they remember.
pub(crate) struct Invariants {
    one_leader: OneLeader,
    throttled: Throttled,
}

impl Invariants {
    pub(crate) fn new() -> Self {
        Self { one_leader: OneLeader::default(), throttled: Throttled::default() }
    }

    /// `replica`, set like this, sends `envelope`.
    pub(crate) fn sent(
        &mut self,
        topology: &Topology,
        replica: &Replica,
        envelope: &Envelope,
        config: &Config,
        now: u64,
    ) -> Result<(), Violation> {
        if let Some(rate) = config.handoff_bytes_per_second {
            self.throttled.sent(topology, replica, envelope, rate, now)?;
        }
        self.one_leader.sent(envelope)
    }

    /// `replica` has handled an event, before which it knew the view of `known`.
    pub(crate) fn told(node: usize, known: Epoch, replica: &Replica) -> Result<(), Violation> {
        views_in_order::told(node, known, replica)
    }

    /// About to become durable on `node`, which has `before`.
    pub(crate) fn stored(
        topology: &Topology,
        node: NodeNumber,
        before: &Content,
        write: &Write,
    ) -> Result<(), Violation> {
        promises::stored(node, before, write)?;
        rising_records::stored(topology, node, before, write)
    }

    pub(crate) fn replied(
        topology: &Topology,
        partition: Partition,
        key: &Key<'static>,
        outcome: &Outcome,
        disks: &[(NodeNumber, &Content)],
    ) -> Result<(), Violation> {
        durable_acks::replied(topology, partition, key, outcome, disks)
    }

    pub(crate) fn bounded(replica: &Replica, config: &Config) -> Result<(), Violation> {
        bounded::check(&replica.status(), config)
    }
}
