//! How it went over time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::{Latencies, Outcome, Window};

/// What happened in a stretch of time.
#[derive(Clone, Debug)]
pub(crate) struct Bin {
    /// Of what succeeded.
    pub(crate) latencies: Latencies,
    pub(crate) failures: u64,
    pub(crate) nodes: BTreeMap<Arc<str>, u64>,
}

/// How it went over time, in stretches of equal length. There are never more than so many: when
/// a run lasts, they get longer, each two of them becoming one. So an hour takes no more memory
/// than a minute.
#[derive(Clone, Debug)]
pub(crate) struct Timeline {
    width: Duration,
    bins: BTreeMap<u64, Bin>,
}

impl Timeline {
    const MAX_BINS: u64 = 240;

    /// Stretches of at first `width`, which is how long the windows are.
    pub(crate) fn new(width: Duration) -> Self {
        Self { width, bins: BTreeMap::new() }
    }

    pub(crate) fn width(&self) -> Duration {
        self.width
    }

    /// Each with when it begins.
    pub(crate) fn bins(&self) -> impl DoubleEndedIterator<Item = (Duration, &Bin)> {
        self.bins.iter().map(|(index, bin)| (self.width.mul_f64(*index as f64), bin))
    }

    pub(crate) fn add(&mut self, window: &Window) {
        let mut index = self.index(window.begin);
        while index >= Self::MAX_BINS {
            self.coarsen();
            index = self.index(window.begin);
        }
        let bin = self.bins.entry(index).or_insert_with(Bin::new);
        window.latencies.values().for_each(|latencies| bin.latencies.merge(latencies));
        let done = window.outcomes.get(Outcome::Done as usize).copied().unwrap_or(0);
        bin.failures += window.outcomes.iter().sum::<u64>() - done;
        for (name, count) in window.names.iter().zip(&window.served) {
            *bin.nodes.entry(Arc::clone(name)).or_default() += count;
        }
    }

    fn index(&self, at: Duration) -> u64 {
        let index = at.as_nanos().checked_div(self.width.as_nanos()).unwrap_or(0);
        u64::try_from(index).unwrap_or(u64::MAX)
    }

    fn coarsen(&mut self) {
        self.width *= 2;
        for (index, bin) in std::mem::take(&mut self.bins) {
            self.bins.entry(index / 2).or_insert_with(Bin::new).merge(&bin);
        }
    }
}

impl Bin {
    fn new() -> Self {
        Self { latencies: Latencies::new(), failures: 0, nodes: BTreeMap::new() }
    }

    fn merge(&mut self, other: &Self) {
        self.latencies.merge(&other.latencies);
        self.failures += other.failures;
        for (name, count) in &other.nodes {
            *self.nodes.entry(Arc::clone(name)).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Sample;
    use crate::workload::Operation;

    fn window(begin: Duration) -> Window {
        let mut window = Window::new(begin);
        let sample = |outcome| Sample {
            operation: Operation::Read,
            outcome,
            status: 200,
            node: None,
            epoch: None,
            start: begin,
            latency: Duration::from_millis(1),
            service: Duration::from_millis(1),
            bytes: 0,
        };
        window.count(&sample(Outcome::Done), false);
        window.count(&sample(Outcome::Timeout), false);
        window
    }

    #[test]
    fn a_long_run_loses_nothing_and_takes_no_more_room() {
        let mut timeline = Timeline::new(Duration::from_millis(100));
        for number in 0..10_000 {
            timeline.add(&window(Duration::from_millis(100) * number));
        }
        let bins: Vec<_> = timeline.bins().collect();
        assert!(bins.len() <= 240 && bins.len() > 100, "{}", bins.len());
        assert_eq!(bins.iter().map(|(_, bin)| bin.latencies.count()).sum::<u64>(), 10_000);
        assert_eq!(bins.iter().map(|(_, bin)| bin.failures).sum::<u64>(), 10_000);
        // 1000 seconds: the width has doubled until 240 of them reach.
        assert_eq!(timeline.width(), Duration::from_millis(6_400));
    }
}
