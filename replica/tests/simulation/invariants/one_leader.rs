//! A ballot has one leader, and a version names one record.

use std::collections::BTreeMap;

use ringway_replica::{Ballot, Body, Envelope, Incarnation, Message, NodeNumber, Version};
use ringway_ring::{Key, Partition};

use crate::cluster::Violation;

/// Who proposed what.
#[derive(Default)]
pub(crate) struct OneLeader {
    leaders: BTreeMap<(Partition, Ballot), (NodeNumber, Incarnation)>,
    proposed: BTreeMap<(Partition, Version), (Key<'static>, Version, Body)>,
}

impl OneLeader {
    pub(crate) fn sent(&mut self, envelope: &Envelope) -> Result<(), Violation> {
        let Message::Accept { partition, key, record } = &envelope.message else { return Ok(()) };
        let sender = (envelope.from, envelope.incarnation);
        let ballot = record.accepted.ballot;
        let leader = *self.leaders.entry((*partition, ballot)).or_insert(sender);
        if leader != sender || ballot.node != sender.0 {
            return Err(format!("ballot {ballot} is led by {leader:?} and by {sender:?}"));
        }
        let what = (key.clone(), record.written, record.body.clone());
        let before =
            self.proposed.entry((*partition, record.accepted)).or_insert_with(|| what.clone());
        if *before != what {
            return Err(format!("version {} names {before:?} and {what:?}", record.accepted));
        }
        Ok(())
    }
}
