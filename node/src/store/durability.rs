//! What an acknowledged write has survived.

use std::time::Duration;

/// When writes go to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Before they are acknowledged.
    Immediate,
    /// At most this long after they were acknowledged. In between the operating system
    /// holds them: killing the process loses nothing, a loss of power may. Promises to leaders
    /// go to the disk at once all the same.
    Interval(Duration),
}

impl Durability {
    /// What `PERSISTENCE_INTERVAL_SECONDS` asks for.
    #[must_use]
    pub fn from_interval_seconds(seconds: u32) -> Self {
        match seconds {
            0 => Self::Immediate,
            _ => Self::Interval(Duration::from_secs(seconds.into())),
        }
    }
}
