//! Records, states and stores for tests.

use bytes::Bytes;
use ringway_replica::{
    Ballot, Body, NodeNumber, PartitionState, Record, Replaced, Ticket, Value, Version, Write,
};
use ringway_ring::{Epoch, Key, Partition};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Completed, StoreName};

pub(super) fn version(sequence: u64) -> Version {
    let ballot = Ballot { configuration: Epoch::FIRST, round: 3, node: NodeNumber::new(7) };
    Version { ballot, sequence }
}

pub(super) fn state(sequence: u64) -> PartitionState {
    PartitionState { promised: version(0).ballot, floor: version(sequence), since: Epoch::FIRST }
}

pub(super) fn value(sequence: u64, bytes: impl Into<Bytes>) -> Record {
    let value = Value { bytes: bytes.into(), content_type: None, expires: None };
    let version = version(sequence);
    Record { written: version, accepted: version, body: Body::Value(value) }
}

pub(super) fn tombstone(sequence: u64) -> Record {
    let version = version(sequence);
    Record { written: version, accepted: version, body: Body::Tombstone }
}

pub(super) fn key(key: &str) -> Key<'static> {
    Key::new(key.to_owned()).unwrap()
}

/// Keys have fixed partitions, not those that they have on the ring: so few keys come to
/// lie together.
pub(super) fn partition(key: &str) -> Partition {
    let partitions = [0, 1, 255, 256, 65_535];
    Partition::new(partitions[key.len() % partitions.len()])
}

pub(super) fn write(name: &str, record: impl Into<Option<Record>>) -> Write {
    let (partition, key, record) = (partition(name), key(name), record.into());
    Write::Record { partition, key, record, replaced: Replaced::Unknown }
}

pub(super) fn name(ticket: u64) -> StoreName {
    StoreName { shard: 1, ticket: Ticket(ticket) }
}

/// The next messages, until they tell of `count` stores.
pub(super) fn completed(
    receiver: &mut UnboundedReceiver<Vec<Completed>>,
    count: usize,
) -> Vec<Vec<Completed>> {
    let mut messages = Vec::new();
    while messages.iter().map(Vec::len).sum::<usize>() < count {
        messages.push(receiver.blocking_recv().expect("the store is open"));
    }
    messages
}
