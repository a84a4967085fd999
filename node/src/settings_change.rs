//! Some of the settings, to be set anew.

use std::num::{NonZeroU16, NonZeroU64};

use serde::{Deserialize, Deserializer, Serialize};

use crate::membership::Settings;

/// The body of `POST /ring/settings`: what is not in it stays as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SettingsChange {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) grace_seconds: Option<u32>,
    /// `null` takes the limit away.
    #[expect(clippy::option_option, reason = "a limit that is taken away, and one that stays")]
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    pub(crate) handoff_bytes_per_second: Option<Option<NonZeroU64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) moving_max: Option<NonZeroU16>,
}

/// Called only for a field that is there: so `null` is told from nothing.
#[expect(clippy::option_option, reason = "a limit that is taken away, and one that stays")]
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<NonZeroU64>>, D::Error> {
    Option::deserialize(value).map(Some)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(json: &str) -> Settings {
        let settings =
            Settings { handoff_bytes_per_second: NonZeroU64::new(7), ..Settings::default() };
        serde_json::from_str::<SettingsChange>(json).unwrap().applied_to(settings)
    }

    #[test]
    fn null_takes_the_limit_away_and_nothing_leaves_it() {
        assert_eq!(applied("{}").handoff_bytes_per_second, NonZeroU64::new(7));
        assert_eq!(applied(r#"{"handoff_bytes_per_second":null}"#).handoff_bytes_per_second, None);
        let one = applied(r#"{"grace_seconds":1}"#);
        assert_eq!((one.grace_seconds, one.moving_max), (1, Settings::default().moving_max));
        assert!(serde_json::from_str::<SettingsChange>(r#"{"grace":1}"#).is_err());
        assert!(serde_json::from_str::<SettingsChange>(r#"{"moving_max":0}"#).is_err());
    }
}
