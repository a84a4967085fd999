//! Amounts as people read them.

/// `bytes` in the largest unit of which there is one, with a digit behind the point.
pub(super) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let fits = |&(_, one): &(&&str, u64)| bytes >= one;
    let units = UNITS.iter().zip((1..).map(|power| 1_u64 << (10 * power)));
    let (unit, one) = units.take_while(fits).last().unwrap_or((&"KiB", 1 << 10));
    let (whole, rest) = (bytes / one, bytes % one);
    format!("{whole}.{} {unit}", rest * 10 / one)
}

/// `seconds` in its two largest units.
pub(super) fn duration(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match seconds {
        ..60 => format!("{seconds} s"),
        60..3600 => format!("{minutes} min {} s", seconds % 60),
        3600..86_400 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_cut_off_behind_a_digit() {
        let shown = [0, 1023, 1024, 1536, 1 << 20, (1 << 30) - 1, 3 << 40, u64::MAX].map(bytes);
        let expected = [
            "0 B",
            "1023 B",
            "1.0 KiB",
            "1.5 KiB",
            "1.0 MiB",
            "1023.9 MiB",
            "3.0 TiB",
            "16383.9 PiB",
        ];
        assert_eq!(shown, expected);
    }

    #[test]
    fn a_duration_has_its_two_largest_units() {
        let shown = [0, 59, 60, 3599, 3600, 86_399, 90_000].map(duration);
        let expected =
            ["0 s", "59 s", "1 min 0 s", "59 min 59 s", "1 h 0 min", "23 h 59 min", "1 d 1 h"];
        assert_eq!(shown, expected);
    }
}
