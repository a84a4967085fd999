//! What is stored, as the protocol reads it.

use alloc::vec::Vec;

use ringway_ring::{Epoch, Key, Partition};
use serde::{Deserialize, Serialize};

use crate::{Ballot, Head, Record, Version};

/// The local storage, to be read at once.
///
/// It shows every store that was reported as [`Stored`](crate::Event::Stored), and may or
/// may not show those that are still under way. The replica remembers those itself, and
/// lets no answer out that rests on one before it is durable; so an engine needs no view of
/// its own uncommitted writes.
pub trait Records {
    /// What is remembered of a partition; `None` before the first store.
    fn state(&self, partition: Partition) -> Option<PartitionState>;

    /// The record of a key.
    fn get(&self, partition: Partition, key: &Key<'_>) -> Option<Record>;

    /// What the record of a key is, without its value.
    fn head(&self, partition: Partition, key: &Key<'_>) -> Option<Head>;

    /// Up to `limit` heads of a partition's records in the order of their keys, those after
    /// `after`.
    fn scan(
        &self,
        partition: Partition,
        after: Option<&Key<'_>>,
        limit: usize,
    ) -> Vec<(Key<'static>, Head)>;
}

/// What a replica remembers of a partition besides its records. All of it only ever rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionState {
    /// No ballot below this is listened to.
    pub promised: Ballot,
    /// No accept at or below this brings back a key that is absent.
    pub floor: Version,
    /// The epoch since which the node holds the partition without a break, as it was when the
    /// records were stored. Where that is not what the node's [`Group`](crate::Group) says,
    /// they are of another time.
    pub since: Epoch,
}

impl PartitionState {
    /// Of a partition that nothing was ever stored of.
    pub const NEW: Self =
        Self { promised: Ballot::BOTTOM, floor: Version::BOTTOM, since: Epoch::new(0) };
}
