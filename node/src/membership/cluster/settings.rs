//! What operators may change.

use std::num::{NonZeroU16, NonZeroU64};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What operators may change while the cluster runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How long a member of the ring may be down before others take over what it holds, in
    /// seconds. Short, and a slow restart costs a copy of all its data, twice; long, and a
    /// second failure meets fewer copies. Typically minutes; 600.
    pub grace_seconds: u32,
    /// How many bytes a second a node copies at most while partitions move to it; nothing:
    /// as many as it can. Less disturbs clients less and takes longer.
    pub handoff_bytes_per_second: Option<NonZeroU64>,
    /// How many partitions move at once, and begin to in two seconds, where not all have to. More
    /// of them make a change quicker; fewer make clients notice less of it, since for each some
    /// requests wait a moment, and lose less work when it is cancelled. 32.
    pub moving_max: NonZeroU16,
}

impl Default for Settings {
    fn default() -> Self {
        let moving_max = const { NonZeroU16::new(32).unwrap() };
        Self { grace_seconds: 600, handoff_bytes_per_second: None, moving_max }
    }
}

/// What is reckoned with where no limit is set to how fast partitions are copied: what disks
/// and networks of today take without being filled.
const ASSUMED_BYTES_PER_SECOND: NonZeroU64 = NonZeroU64::new(64 << 20).unwrap();

impl Settings {
    /// How long moves that have arrived wait for others, and how long after some have begun the
    /// next may: each step is a view that every node and edge has to take in.
    pub(crate) const PACE: Duration = Duration::from_secs(2);

    /// How fast each node is reckoned to receive what moves to it: the limit, or a guess where
    /// none is set.
    #[must_use]
    pub(crate) fn expected_bytes_per_second(&self) -> NonZeroU64 {
        self.handoff_bytes_per_second.unwrap_or(ASSUMED_BYTES_PER_SECOND)
    }

    /// About how many seconds it takes until `lists` preference lists have changed, all in one
    /// step where that is so, and the node that receives the most has `most` bytes: what the
    /// bytes take, or the steps where that is longer.
    #[must_use]
    pub(crate) fn expected_seconds(&self, lists: u64, is_one_move: bool, most: u64) -> u64 {
        let at_once = if is_one_move { lists.max(1) } else { self.moving_max.get().into() };
        let steps = lists.div_ceil(at_once);
        let copying = most.div_ceil(self.expected_bytes_per_second().get());
        copying.max(steps * Self::PACE.as_secs())
    }
}
