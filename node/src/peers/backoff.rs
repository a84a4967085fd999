//! How long to wait before connecting again.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(1);

/// Doubles with each failure, from 20 ms to 1 s.
#[derive(Debug)]
pub(crate) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { next: SHORTEST }
    }

    /// The wait after one more failure: at most as long as said, at least half as long, by
    /// chance, so that nodes which lost each other together don't return in step.
    pub(crate) fn failed(&mut self) -> Duration {
        let longest = self.next;
        self.next = (longest * 2).min(LONGEST);
        // Without randomness all wait as long as each other, which is slower, not wrong.
        let chance = getrandom::u32().unwrap_or(u32::MAX);
        longest / 2 + (longest / 2).mul_f64(f64::from(chance) / f64::from(u32::MAX))
    }

    pub(crate) fn succeeded(&mut self) {
        self.next = SHORTEST;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_second_and_begin_anew() {
        let mut backoff = Backoff::new();
        for milliseconds in [20, 40, 80, 160, 320, 640, 1000, 1000] {
            let longest = Duration::from_millis(milliseconds);
            let wait = backoff.failed();
            assert!((longest / 2..=longest).contains(&wait), "{wait:?} of {longest:?}");
        }
        backoff.succeeded();
        assert!(backoff.failed() <= SHORTEST);
    }
}
