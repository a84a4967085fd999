//! Figures as people read them.

use std::time::Duration;

/// Three digits and a unit.
pub(crate) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (number, unit) = match seconds {
        0.0..1e-3 => (seconds * 1e6, "µs"),
        1e-3..1.0 => (seconds * 1e3, "ms"),
        _ => (seconds, "s"),
    };
    let digits = match number {
        0.0..9.995 => 2,
        9.995..99.95 => 1,
        _ => 0,
    };
    format!("{number:.digits$} {unit}")
}

/// Where there may be none.
pub(crate) fn time_or_dash(of: Option<Duration>) -> String {
    of.map_or_else(|| "-".to_owned(), time)
}

/// `whole` for 0 is nothing of nothing.
pub(crate) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 * 100.0 / whole as f64 }
}

/// Of no time at all, of the shortest.
pub(crate) fn per_second(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64().max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits() {
        let text = |nanos| time(Duration::from_nanos(nanos));
        assert_eq!(text(1_234), "1.23 µs");
        assert_eq!(text(56_780), "56.8 µs");
        assert_eq!(text(345_678_900), "346 ms");
        assert_eq!(text(12_345_000_000), "12.3 s");
    }
}
