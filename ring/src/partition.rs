//! The equal parts of the ring.

use core::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Position;

/// One of the 2^k equal parts of the ring, numbered from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Partition(u16);

impl Partition {
    /// The partition numbered `number`, which the caller has checked against its
    /// [`PartitionCount`].
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// Its number, as it stands in HAProxy's map and in JSON.
    #[inline]
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// How many partitions the ring has: 2^k with k from 10 to 16, fixed when the cluster
/// is created.
///
/// Many partitions spread load more finely and make a handoff's unit smaller; each
/// costs a line in the view and a ballot on disk. Dynamo §6.2 calls equal, fixed
/// partitions strategy 3, and measured it the best balanced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct PartitionCount {
    exponent: u8,
}

impl PartitionCount {
    /// 4096: under 1% imbalance up to some 40 nodes at RF 3.
    pub const DEFAULT: Self = Self { exponent: 12 };
    /// 1024.
    pub const MIN: Self = Self { exponent: 10 };
    /// 65,536: what a [`Partition`] can number.
    pub const MAX: Self = Self { exponent: 16 };

    /// A ring of `count` partitions.
    ///
    /// # Errors
    /// When `count` is not a power of two from 1024 to 65,536.
    pub fn new(count: u32) -> Result<Self, PartitionCountError> {
        if !count.is_power_of_two() || count < Self::MIN.get() || count > Self::MAX.get() {
            return Err(PartitionCountError { count });
        }
        // At most 16, so it always fits.
        let exponent = u8::try_from(count.trailing_zeros()).unwrap_or(Self::MAX.exponent);
        Ok(Self { exponent })
    }

    /// The number of partitions.
    #[must_use]
    pub const fn get(self) -> u32 {
        1 << self.exponent
    }

    /// The partition that holds `position`: its lowest bits.
    #[inline]
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "the mask leaves at most 16 bits")]
    pub const fn partition(self, position: Position) -> Partition {
        Partition((position.get() & (self.get() as u64 - 1)) as u16)
    }

    /// Every partition, in order.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Partition> + ExactSizeIterator {
        let last = u16::try_from(self.get() - 1).unwrap_or(u16::MAX);
        (0..=last).map(Partition)
    }

    /// Whether `partition` is one of these.
    #[must_use]
    pub fn contains(self, partition: Partition) -> bool {
        u32::from(partition.get()) < self.get()
    }
}

impl TryFrom<u32> for PartitionCount {
    type Error = PartitionCountError;

    fn try_from(count: u32) -> Result<Self, Self::Error> {
        Self::new(count)
    }
}

impl From<PartitionCount> for u32 {
    fn from(count: PartitionCount) -> Self {
        count.get()
    }
}

impl fmt::Display for PartitionCount {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(out)
    }
}

/// A number that can't be a [`PartitionCount`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{count} partitions: the count must be a power of two from 1024 to 65536")]
pub struct PartitionCountError {
    count: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_powers_of_two_from_1024_to_65536_are_counts() {
        for exponent in 10..=16 {
            assert_eq!(PartitionCount::new(1 << exponent).unwrap().get(), 1 << exponent);
        }
        for count in [0, 1, 512, 1023, 1025, 4095, 65_535, 1 << 17, u32::MAX] {
            assert!(PartitionCount::new(count).is_err(), "{count}");
        }
    }

    #[test]
    fn a_partition_is_the_lowest_bits_of_the_position() {
        for count in [PartitionCount::MIN, PartitionCount::DEFAULT, PartitionCount::MAX] {
            let position = Position::of(b"myKey");
            let expected = position.get() % u64::from(count.get());
            assert_eq!(u64::from(count.partition(position).get()), expected);
        }
    }

    #[test]
    fn iteration_covers_every_partition_once_in_order() {
        let numbers: alloc::vec::Vec<u16> =
            PartitionCount::MAX.iter().map(Partition::get).collect();
        assert_eq!(numbers.len(), 65_536);
        assert!(numbers.windows(2).all(|pair| pair[0] + 1 == pair[1]));
    }
}
