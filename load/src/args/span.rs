//! Lengths of time as people write them.

use std::time::Duration;

/// `30`, `30s`, `1.5m`, `2h`, `250ms`.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = text.get(digits.len()..).unwrap_or_default();
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("{unit:?} is none of ms, s, m and h")),
    };
    let number: f64 = digits.parse().map_err(|_| format!("{digits:?} is no number"))?;
    match Duration::try_from_secs_f64(number * seconds) {
        Ok(span) if !span.is_zero() && span <= Duration::from_hours(24 * 365) => Ok(span),
        _ => Err(format!("{text:?} is not between nothing and a year")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_as_they_are_written() {
        assert_eq!(span("30"), Ok(Duration::from_secs(30)));
        assert_eq!(span("1.5m"), Ok(Duration::from_secs(90)));
        assert_eq!(span("250ms"), Ok(Duration::from_millis(250)));
        for bad in ["", "0", "-1s", "5 s", "3d", "infs", "1e300h"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }
}
