//! The two clocks of the protocol.

use std::time::{SystemTime, UNIX_EPOCH};

use ringway_replica::{Instant, Now, Wall};

/// Reads the clock that never goes back, from when it was started, and the wall's.
#[derive(Debug)]
pub(super) struct Clock {
    started: std::time::Instant,
}

impl Clock {
    /// Starts it.
    pub(super) fn start() -> Self {
        Self { started: std::time::Instant::now() }
    }

    /// This moment.
    pub(super) fn now(&self) -> Now {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now {
            instant: Instant::new(milliseconds(self.started.elapsed())),
            wall: Wall::new(milliseconds(wall)),
        }
    }
}

fn milliseconds(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
