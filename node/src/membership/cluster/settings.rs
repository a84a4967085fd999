//! What operators may change.

use std::num::{NonZeroU16, NonZeroU64};

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
