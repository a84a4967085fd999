//! What a noisy machine can be asked for.

/// The middle one; NaN where there is none.
pub(super) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    #[expect(clippy::float_cmp, reason = "it is one of them")]
    fn the_median_is_the_middle_whatever_the_order() {
        assert_eq!(median(&mut [3.0, 1.0, 9.0]), 3.0);
        assert!(median(&mut []).is_nan());
    }
}
