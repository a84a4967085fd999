//! What moves is copied no faster than is allowed: who asks for more has had the time for all that
//! came before.

use std::collections::BTreeMap;

use ringway_replica::{Envelope, Incarnation, Message, NodeNumber, Replica};

use crate::cluster::Violation;
use crate::topology::Topology;

/// When each start of a node first asked for copies of what moves.
#[derive(Default)]
pub(super) struct Throttled {
    first: BTreeMap<(NodeNumber, Incarnation), u64>,
}

impl Throttled {
    /// `replica` sends `envelope`, and may copy so many bytes in a second.
    pub(super) fn sent(
        &mut self,
        topology: &Topology,
        replica: &Replica,
        envelope: &Envelope,
        bytes_per_second: u64,
        now: u64,
    ) -> Result<(), Violation> {
        let (Message::List { partition, configuration, .. }
        | Message::Pull { partition, configuration, .. }) = envelope.message
        else {
            return Ok(());
        };
        if !topology.moves_in(partition, configuration) {
            return Ok(());
        }
        let node = (envelope.from, envelope.incarnation);
        let first = *self.first.entry(node).or_insert(now);
        let (copied, allowed) =
            (replica.status().handed_off, (now - first) * bytes_per_second / 1000);
        if copied <= allowed {
            return Ok(());
        }
        let ms = now - first;
        Err(format!("{node:?} asks for more with {copied} bytes of {allowed} after {ms} ms"))
    }
}
