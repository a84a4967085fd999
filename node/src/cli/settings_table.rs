//! What can be set.

use super::amount;
use super::columns::{Side, columns};
use crate::membership::Settings;

/// `settings`, each with what it is for.
pub(super) fn settings_table(settings: Settings) -> String {
    let Settings { grace_seconds, handoff_bytes_per_second, moving_max } = settings;
    let rate = handoff_bytes_per_second.map_or_else(
        || "none".to_owned(),
        |rate| format!("{rate} ({}/s)", amount::bytes(rate.get())),
    );
    let grace = format!("{grace_seconds} ({})", amount::duration(grace_seconds.into()));
    let rows = [
        ["grace-seconds", &grace, "a node may be down before others take over what it holds"],
        ["handoff-bytes-per-second", &rate, "a node copies at most of what moves to it"],
        [
            "moving-max",
            &moving_max.to_string(),
            "partitions move at once, and begin to in two seconds",
        ],
    ];
    let rows = rows.map(|row| row.map(str::to_owned));
    columns([("setting", Side::Left), ("value", Side::Left), ("how much", Side::Left)], &rows)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;

    use super::*;

    #[test]
    fn every_setting_has_its_flag_and_what_it_is_for() {
        let handoff_bytes_per_second = NonZeroU64::new(1 << 20);
        let shown = settings_table(Settings { handoff_bytes_per_second, ..Settings::default() });
        let expected = "\
setting                   value              how much
grace-seconds             600 (10 min 0 s)   a node may be down before others take over what it holds
handoff-bytes-per-second  1048576 (1.0 MiB/s)  a node copies at most of what moves to it
moving-max                32                 partitions move at once, and begin to in two seconds
";
        let squeezed = |text: &str| {
            text.lines()
                .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>()
        };
        assert_eq!(squeezed(&shown), squeezed(expected));
        assert!(settings_table(Settings::default()).contains("  none  "));
    }
}
