//! How fast a change of the ring goes.

use std::time::{Duration, Instant};

/// How fast a change of the ring goes, as this node has seen it since it first heard of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ChangePace {
    seen: Option<Seen>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    first: (Instant, usize),
    last: (Instant, usize),
}

impl ChangePace {
    /// At `now`, `left` partitions have not arrived; none where no change is on its way. More
    /// than before is another change.
    pub(crate) fn note(&mut self, left: usize, now: Instant) {
        self.seen = match self.seen {
            _ if left == 0 => None,
            Some(seen) if left == seen.last.1 => Some(seen),
            Some(seen) if left < seen.last.1 => Some(Seen { last: (now, left), ..seen }),
            _ => Some(Seen { first: (now, left), last: (now, left) }),
        };
    }

    /// How long the rest takes if it goes on as fast as so far; nothing before the first
    /// partition has arrived, and where nothing changes.
    pub(crate) fn time_left(&self, now: Instant) -> Option<Duration> {
        let Seen { first, last } = self.seen?;
        let arrived = first.1.saturating_sub(last.1);
        let [arrived, left] = [arrived, last.1].map(|count| u32::try_from(count).ok());
        let took = last.0.duration_since(first.0);
        let rest = took.checked_mul(left?)?.checked_div(arrived?)?;
        Some(rest.saturating_sub(now.duration_since(last.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_takes_as_long_as_what_has_arrived() {
        let began = Instant::now();
        let after = |seconds| began + Duration::from_secs(seconds);
        let mut pace = ChangePace::default();
        assert_eq!(pace.time_left(began), None);
        pace.note(100, began);
        assert_eq!(pace.time_left(after(5)), None, "nothing has arrived");
        pace.note(80, after(10));
        pace.note(80, after(12));
        assert_eq!(pace.time_left(after(10)), Some(Duration::from_secs(40)));
        assert_eq!(pace.time_left(after(15)), Some(Duration::from_secs(35)));
        assert_eq!(pace.time_left(after(99)), Some(Duration::ZERO));
        pace.note(90, after(20));
        assert_eq!(pace.time_left(after(20)), None, "this is another change");
        pace.note(0, after(30));
        assert_eq!(pace.time_left(after(30)), None);
    }
}
