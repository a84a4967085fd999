//! A partition's records in a few numbers.

use ringway_ring::Key;

use crate::random::mix;
use crate::{Head, Size, Version};

/// How many parts a partition's digest has.
pub const BUCKETS: usize = 16;

/// The records of a partition, summed up: two replicas with equal digests hold the same.
///
/// A wrapping sum does not depend on the order and can be updated with each store, unlike
/// a Merkle tree's path (Dynamo §4.7), at the price of one level of buckets instead of many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Digest {
    buckets: [u64; BUCKETS],
    tombstones: u64,
    expiring: u64,
    size: Size,
}

impl Digest {
    /// `key` had `old` and has `new`.
    pub(crate) fn replace(&mut self, key: &Key<'_>, old: Option<&Head>, new: Option<&Head>) {
        let bits = |one: Option<&Head>| one.map_or(0, |one| entry(key, one.accepted));
        if let Some(bucket) = self.buckets.get_mut(bucket_of(key)) {
            *bucket = bucket.wrapping_sub(bits(old)).wrapping_add(bits(new));
        }
        let count = |one: Option<&Head>, what: fn(&Head) -> bool| u64::from(one.is_some_and(what));
        self.tombstones += count(new, |one| one.is_tombstone);
        self.tombstones -= count(old, |one| one.is_tombstone);
        self.expiring += count(new, |one| one.expires.is_some());
        self.expiring -= count(old, |one| one.expires.is_some());
        self.size.records += count(new, |_| true);
        self.size.records -= count(old, |_| true);
        self.size.value_bytes += new.map_or(0, |one| one.bytes);
        self.size.value_bytes -= old.map_or(0, |one| one.bytes);
    }

    pub(crate) fn size(&self) -> Size {
        self.size
    }

    /// Everything in one number.
    pub(crate) fn root(&self) -> u64 {
        let number = |sum: u64, &bucket: &u64| mix(sum ^ bucket);
        self.buckets.iter().fold(0, number)
    }

    pub(crate) fn buckets(&self) -> [u64; BUCKETS] {
        self.buckets
    }

    /// The buckets that differ from `other`, one bit for each.
    pub(crate) fn difference(&self, other: &[u64; BUCKETS]) -> u16 {
        let pairs = self.buckets.iter().zip(other).enumerate();
        pairs.fold(0, |bits, (index, (one, other))| bits | (u16::from(one != other) << index))
    }

    /// Whether there is something that will have to go.
    pub(crate) fn has_garbage(&self) -> bool {
        self.tombstones > 0 || self.expiring > 0
    }
}

/// Which bucket `key` is in. By the highest bits of its position: the lowest choose the
/// partition.
pub(crate) fn bucket_of(key: &Key<'_>) -> usize {
    usize::try_from(key.position().get() >> 60).unwrap_or_default()
}

fn entry(key: &Key<'_>, accepted: Version) -> u64 {
    let Version { ballot, sequence } = accepted;
    let parts = [ballot.configuration.get(), ballot.round, u64::from(ballot.node.get()), sequence];
    parts.into_iter().fold(key.position().get(), |sum, part| mix(sum ^ part).rotate_left(17))
}

/// A digest, or how far the count of what was there at the start has come.
#[derive(Clone, Debug)]
pub(crate) enum Counting {
    /// Keys up to this one are counted.
    Upto { key: Option<Key<'static>>, digest: Digest },
    /// All are.
    Done(Digest),
}

impl Counting {
    pub(crate) fn start() -> Self {
        Self::Upto { key: None, digest: Digest::default() }
    }

    /// Of a partition of which nothing is left.
    pub(crate) fn cleared() -> Self {
        Self::Done(Digest::default())
    }

    pub(crate) fn done(&self) -> Option<&Digest> {
        match self {
            Self::Done(digest) => Some(digest),
            Self::Upto { .. } => None,
        }
    }

    /// `key` had `old` and has `new` on the disk. Keys that the count has not reached
    /// will be counted as they are found.
    pub(crate) fn replace(&mut self, key: &Key<'_>, old: Option<&Head>, new: Option<&Head>) {
        if self.covers(key) {
            let (Self::Done(digest) | Self::Upto { digest, .. }) = self;
            digest.replace(key, old, new);
        }
    }

    /// Whether the count has come to `key`.
    pub(crate) fn covers(&self, key: &Key<'_>) -> bool {
        match self {
            Self::Done(_) => true,
            Self::Upto { key: upto, .. } => {
                upto.as_ref().is_some_and(|upto| key.as_str() <= upto.as_str())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ballot, Body, NodeNumber, Record};
    use ringway_ring::Epoch;

    fn record(sequence: u64) -> Record {
        let ballot = Ballot::BOTTOM.next(Epoch::FIRST, NodeNumber::new(1));
        let version = Version { ballot, sequence };
        Record { written: version, accepted: version, body: Body::Tombstone }
    }

    #[test]
    fn updating_gives_what_counting_anew_gives_in_any_order() {
        let key = |number: u64| Key::new(alloc::format!("key{number}")).unwrap();
        let mut updated = Digest::default();
        for number in 0..100 {
            updated.replace(&key(number), None, Some(&Head::of(&record(number))));
        }
        for number in 0..50 {
            let (old, new) = (Head::of(&record(number)), Head::of(&record(1000 + number)));
            updated.replace(&key(number), Some(&old), Some(&new));
        }
        updated.replace(&key(99), Some(&Head::of(&record(99))), None);

        let mut counted = Digest::default();
        for number in (0..99).rev() {
            let sequence = if number < 50 { 1000 + number } else { number };
            counted.replace(&key(number), None, Some(&Head::of(&record(sequence))));
        }
        assert_eq!(updated, counted);
        assert_eq!(updated.root(), counted.root());
        assert_eq!(updated.difference(&counted.buckets()), 0);
        updated.replace(&key(5), Some(&Head::of(&record(1005))), None);
        assert_eq!(updated.difference(&counted.buckets()), 1 << bucket_of(&key(5)));
    }
}
