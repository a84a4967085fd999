//! Some of the settings, to be set anew.

use std::num::{NonZeroU16, NonZeroU64};

use serde::{Deserialize, Serialize};

use super::Settings;

/// Some of the settings, to be set anew. What is not in it stays as it is when the change is
/// applied: so of two that are asked for at once neither undoes the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsChange {
    /// [`Settings::grace_seconds`].
    pub grace_seconds: Option<u32>,
    /// [`Settings::handoff_bytes_per_second`]; `Some(None)` takes the limit away.
    pub handoff_bytes_per_second: Option<Option<NonZeroU64>>,
    /// [`Settings::moving_max`].
    pub moving_max: Option<NonZeroU16>,
}

impl SettingsChange {
    /// `settings` with these instead.
    pub(crate) fn applied_to(self, settings: Settings) -> Settings {
        let Settings { grace_seconds, handoff_bytes_per_second, moving_max } = settings;
        Settings {
            grace_seconds: self.grace_seconds.unwrap_or(grace_seconds),
            handoff_bytes_per_second: self
                .handoff_bytes_per_second
                .unwrap_or(handoff_bytes_per_second),
            moving_max: self.moving_max.unwrap_or(moving_max),
        }
    }
}
