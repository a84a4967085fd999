//! When an open loop sends: arrivals by a clock of their own, whatever becomes of them.

use std::time::Duration;

use clap::ValueEnum;

use crate::workload::Random;

/// How arrivals are spread over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Arrivals {
    /// At equal distances.
    Constant,
    /// As of many people who don't know of each other.
    Poisson,
}

/// The intended starts of one thread's requests, in order, from the beginning of the run on.
///
/// They don't depend on answers. A request for which no connection is free at its intended start
/// is sent late, and its latency counts from the intended start: so a server that stalls is
/// charged for everything that would have come meanwhile, instead of for the few requests that
/// happened to be under way (*coordinated omission*).
#[derive(Clone, Debug)]
pub(crate) struct Schedule {
    arrivals: Arrivals,
    /// Between two arrivals, in the mean.
    distance: Duration,
    next: Duration,
    left: Option<u64>,
    random: Random,
}

impl Schedule {
    /// `rate` arrivals a second, the first at `offset`; `most` of them, where that is bounded.
    pub(crate) fn new(
        arrivals: Arrivals,
        rate: f64,
        offset: Duration,
        most: Option<u64>,
        random: Random,
    ) -> Self {
        let distance = Duration::from_secs_f64(1.0 / rate);
        Self { arrivals, distance, next: offset, left: most, random }
    }

    /// The next intended start, unless there is none before `end`.
    pub(crate) fn next(&mut self, end: Option<Duration>) -> Option<Duration> {
        if self.left == Some(0) || end.is_some_and(|end| self.next >= end) {
            return None;
        }
        self.left = self.left.map(|left| left - 1);
        let due = self.next;
        self.next += match self.arrivals {
            Arrivals::Constant => self.distance,
            Arrivals::Poisson => self.distance.mul_f64(-(1.0 - self.random.unit()).ln()),
        };
        Some(due)
    }

    /// How many were due by `now` and have not been taken.
    pub(crate) fn overdue(mut self, now: Duration) -> u64 {
        let mut overdue = 0;
        while self.next(Some(now)).is_some() {
            overdue += 1;
        }
        overdue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(arrivals: Arrivals, most: Option<u64>) -> Schedule {
        Schedule::new(arrivals, 1000.0, Duration::from_micros(300), most, Random::new(1, 0))
    }

    #[test]
    fn constant_arrivals_are_at_equal_distances_from_their_offset_on() {
        let mut schedule = schedule(Arrivals::Constant, Some(3));
        let dues: Vec<_> = std::iter::from_fn(|| schedule.next(None)).collect();
        assert_eq!(dues, [300, 1300, 2300].map(Duration::from_micros));
    }

    #[test]
    fn poisson_arrivals_come_at_the_rate_and_as_irregularly_as_chance() {
        let mut schedule = schedule(Arrivals::Poisson, None);
        let end = Duration::from_secs(100);
        let dues: Vec<_> = std::iter::from_fn(|| schedule.next(Some(end))).collect();
        // 100,000 are expected, with a deviation of 316.
        assert!(dues.len().abs_diff(100_000) < 1_600, "{}", dues.len());
        let gaps = dues.windows(2).map(|two| two[1].saturating_sub(two[0]).as_secs_f64());
        let long = gaps.filter(|gap| *gap > 0.002).count() as f64 / dues.len() as f64;
        // Of an exponential distribution e^-2 is above twice the mean.
        assert!((long - (-2.0_f64).exp()).abs() < 0.01, "{long}");
    }

    #[test]
    fn what_was_due_and_not_taken_is_counted() {
        let mut schedule = schedule(Arrivals::Constant, None);
        schedule.next(None);
        assert_eq!(schedule.overdue(Duration::from_millis(10)), 9);
    }
}
