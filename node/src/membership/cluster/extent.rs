//! How much a change of the ring has to do.

use std::collections::BTreeMap;

use ringway_replica::NodeNumber;
use ringway_ring::{ChangeProgress, Epoch, Partition};
use serde::{Deserialize, Serialize};

use super::{Applied, Cluster, PartitionGroup, Refused, Target};

/// How much the change has to do that is on its way, as it was when it began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Extent {
    /// Which change: the epoch of the state in which it began.
    pub(super) since: Epoch,
    /// The partitions whose list it changes.
    pub(super) partitions: usize,
    /// What those hold. Whoever leads asks all nodes soon after the change has begun.
    pub(super) sizes: Option<Sizes>,
}

/// What partitions hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sizes {
    /// The bytes of values that were to be copied in all when they were counted.
    pub(super) to_copy: u64,
    /// The bytes of values of each partition. One of which nobody told is not in it.
    pub(super) of: BTreeMap<Partition, u64>,
}

impl Cluster {
    /// The change whose partitions are to be counted; nothing where that is done.
    #[must_use]
    pub fn to_count(&self) -> Option<Epoch> {
        self.extent.as_ref().filter(|extent| extent.sizes.is_none()).map(|extent| extent.since)
    }

    /// How far the change is that is on its way; nothing where none is.
    #[must_use]
    pub fn progress(&self) -> Option<ChangeProgress> {
        let (target, extent) = (self.target.as_ref()?, self.extent.as_ref()?);
        let (left, sizes) = (target.lists.len() as u64, extent.sizes.as_ref());
        let received = sizes.map(|sizes| self.to_be_received(target, &sizes.of));
        let seconds_left = received.as_ref().map(|received| {
            let most = received.values().max().copied().unwrap_or_default();
            self.settings.expected_seconds(left, target.is_one_move, most)
        });
        Some(ChangeProgress {
            partitions: extent.partitions as u64,
            partitions_left: left,
            bytes: sizes.map(|sizes| sizes.to_copy),
            bytes_left: received.map(|received| received.values().sum()),
            seconds_left,
        })
    }

    /// The bytes that are still to be copied to each node, of what partitions hold by `sizes`.
    fn to_be_received(
        &self,
        target: &Target,
        sizes: &BTreeMap<Partition, u64>,
    ) -> BTreeMap<NodeNumber, u64> {
        let mut received = BTreeMap::new();
        for (partition, list) in &target.lists {
            let bytes = sizes.get(partition).copied().unwrap_or_default();
            let holds = |group: &PartitionGroup, node| {
                group.replicas.iter().any(|vnode| vnode.node == node)
            };
            for &node in list {
                if self.group(*partition).is_some_and(|group| !holds(group, node)) {
                    *received.entry(node).or_default() += bytes;
                }
            }
        }
        received
    }

    /// Notes what the partitions hold that are left of the change which began at `since`.
    pub(super) fn count(
        &mut self,
        since: Epoch,
        mut bytes: BTreeMap<Partition, u64>,
    ) -> Result<Applied, Refused> {
        if self.to_count() != Some(since) {
            return Ok(Applied::AsBefore);
        }
        let target = self.target.as_ref().ok_or(Refused::NoChangeUnderWay)?;
        bytes.retain(|partition, _| target.lists.contains_key(partition));
        let to_copy = self.to_be_received(target, &bytes).values().sum();
        if let Some(extent) = &mut self.extent {
            extent.sizes = Some(Sizes { to_copy, of: bytes });
        }
        Ok(Applied::Changed)
    }
}
