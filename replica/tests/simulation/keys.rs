//! Keys that are of the partition that the test wants.

use std::sync::LazyLock;

use ringway_ring::{Key, Partition, PartitionCount};

/// Of how many partitions those of the tests are the first.
pub(crate) const PARTITIONS: PartitionCount = PartitionCount::MIN;

/// More than any scenario has.
const KEYS: usize = 4;

static FIRST_PARTITIONS: LazyLock<[Vec<Key<'static>>; 2]> = LazyLock::new(|| {
    [0, 1].map(|partition| {
        let keys = (0..).map(|number| Key::new(format!("key{number}")).unwrap());
        let is_of = |key: &Key<'_>| PARTITIONS.partition(key.position()).get() == partition;
        keys.filter(is_of).take(KEYS).collect()
    })
});

/// A key of `partition` for each number.
pub(crate) fn key(partition: Partition, number: usize) -> Key<'static> {
    FIRST_PARTITIONS[usize::from(partition.get())][number].clone()
}
