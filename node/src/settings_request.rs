//! A change of the settings, as it is asked for over HTTP.

use std::num::{NonZeroU16, NonZeroU64};

use serde::{Deserialize, Deserializer, Serialize};

use crate::membership::SettingsChange;

/// The body of `POST /ring/settings`: what is not in it stays as it is. In JSON, where what is
/// not there and `null` differ; nodes tell each other [`SettingsChange`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SettingsRequest {
    #[serde(skip_serializing_if = "Option::is_none")]
    grace_seconds: Option<u32>,
    /// `null` takes the limit away.
    #[expect(clippy::option_option, reason = "a limit that is taken away, and one that stays")]
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    handoff_bytes_per_second: Option<Option<NonZeroU64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    moving_max: Option<NonZeroU16>,
}

/// Called only for a field that is there: so `null` is told from nothing.
#[expect(clippy::option_option, reason = "a limit that is taken away, and one that stays")]
fn given<'de, D: Deserializer<'de>>(value: D) -> Result<Option<Option<NonZeroU64>>, D::Error> {
    Option::deserialize(value).map(Some)
}

impl From<SettingsRequest> for SettingsChange {
    fn from(request: SettingsRequest) -> Self {
        let SettingsRequest { grace_seconds, handoff_bytes_per_second, moving_max } = request;
        Self { grace_seconds, handoff_bytes_per_second, moving_max }
    }
}

impl From<SettingsChange> for SettingsRequest {
    fn from(change: SettingsChange) -> Self {
        let SettingsChange { grace_seconds, handoff_bytes_per_second, moving_max } = change;
        Self { grace_seconds, handoff_bytes_per_second, moving_max }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::membership::Settings;

    fn applied(json: &str) -> Settings {
        let settings =
            Settings { handoff_bytes_per_second: NonZeroU64::new(7), ..Settings::default() };
        let request: SettingsRequest = serde_json::from_str(json).unwrap();
        SettingsChange::from(request).applied_to(settings)
    }

    #[test]
    fn null_takes_the_limit_away_and_nothing_leaves_it() {
        assert_eq!(applied("{}").handoff_bytes_per_second, NonZeroU64::new(7));
        assert_eq!(applied(r#"{"handoff_bytes_per_second":null}"#).handoff_bytes_per_second, None);
        let one = applied(r#"{"grace_seconds":1}"#);
        assert_eq!((one.grace_seconds, one.moving_max), (1, Settings::default().moving_max));
        assert!(serde_json::from_str::<SettingsRequest>(r#"{"grace":1}"#).is_err());
        assert!(serde_json::from_str::<SettingsRequest>(r#"{"moving_max":0}"#).is_err());
    }
}
