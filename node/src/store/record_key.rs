//! Where a record and its head lie: at the partition, big-endian, then the key's bytes. So a
//! partition's records lie together, in the order of their keys.

use bytes::Bytes;
use ringway_ring::{Key, Partition};

/// The length of a partition's number.
pub(super) const PREFIX_BYTES: usize = 2;

/// Where the record of `key` lies.
pub(super) fn of(partition: Partition, key: &str) -> Vec<u8> {
    [&prefix(partition)[..], key.as_bytes()].concat()
}

/// What the places of all records of `partition` begin with. Its state lies at this alone.
pub(super) fn prefix(partition: Partition) -> [u8; PREFIX_BYTES] {
    partition.get().to_be_bytes()
}

/// The key of the record that lies at `place`, if that is one.
pub(super) fn key(place: &Bytes) -> Option<Key<'static>> {
    let key = place.get(PREFIX_BYTES..)?;
    Key::from_bytes(key.to_vec().into()).ok()
}
