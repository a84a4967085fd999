//! Ballots and versions as bytes: fixed widths, little-endian.

use bytes::{Buf, BufMut, Bytes};
use ringway_replica::{Ballot, NodeNumber, Version};
use ringway_ring::Epoch;

/// The length of a version.
pub(super) const VERSION_BYTES: usize = BALLOT_BYTES + 8;
/// The length of a ballot.
pub(super) const BALLOT_BYTES: usize = 20;

pub(super) fn put_ballot(bytes: &mut Vec<u8>, ballot: Ballot) {
    bytes.put_u64_le(ballot.configuration.get());
    bytes.put_u64_le(ballot.round);
    bytes.put_u32_le(ballot.node.get());
}

pub(super) fn put_version(bytes: &mut Vec<u8>, version: Version) {
    put_ballot(bytes, version.ballot);
    bytes.put_u64_le(version.sequence);
}

pub(super) fn take_ballot(bytes: &mut Bytes) -> Option<Ballot> {
    Some(Ballot {
        configuration: Epoch::new(bytes.try_get_u64_le().ok()?),
        round: bytes.try_get_u64_le().ok()?,
        node: NodeNumber::new(bytes.try_get_u32_le().ok()?),
    })
}

pub(super) fn take_version(bytes: &mut Bytes) -> Option<Version> {
    Some(Version { ballot: take_ballot(bytes)?, sequence: bytes.try_get_u64_le().ok()? })
}
