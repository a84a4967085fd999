//! A histogram of latencies.

use std::time::Duration;

use hdrhistogram::Histogram;

/// A histogram of latencies, from half a microsecond to ten minutes, three digits exact.
#[derive(Clone, Debug)]
pub(crate) struct Latencies(Histogram<u64>);

impl Latencies {
    /// In nanoseconds. What is longer counts as this.
    const LONGEST: u64 = 600_000_000_000;

    pub(crate) fn new() -> Self {
        match Histogram::new_with_bounds(1_000, Self::LONGEST, 3) {
            Ok(histogram) => Self(histogram),
            Err(error) => unreachable!("the bounds are constants: {error}"),
        }
    }

    pub(crate) fn record(&mut self, latency: Duration) {
        self.0.saturating_record(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        let added = self.0.add(&other.0);
        debug_assert!(added.is_ok(), "all have the same bounds");
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.len()
    }

    /// The latency that `share` of all don't exceed; none without any.
    pub(crate) fn quantile(&self, share: f64) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_nanos(self.0.value_at_quantile(share)))
    }

    pub(crate) fn max(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_nanos(self.0.max()))
    }

    pub(crate) fn mean(&self) -> Option<Duration> {
        (self.count() > 0).then(|| Duration::from_secs_f64(self.0.mean() / 1e9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_exact_to_a_thousandth_over_the_whole_range() {
        for scale in [1, 100, 10_000, 1_000_000] {
            let mut latencies = Latencies::new();
            for number in 1..=1000 {
                latencies.record(Duration::from_micros(number * scale / 10 + 10));
            }
            for (share, number) in [(0.5, 500), (0.99, 990), (0.999, 999)] {
                let exact = Duration::from_micros(number * scale / 10 + 10).as_secs_f64();
                let told = latencies.quantile(share).unwrap().as_secs_f64();
                // Or to the half microsecond that is the unit.
                assert!((told - exact).abs() <= (exact * 0.001).max(0.6e-6), "{told} for {exact}");
            }
        }
    }

    #[test]
    fn nothing_has_no_quantile() {
        assert_eq!(Latencies::new().quantile(0.5), None);
    }
}
