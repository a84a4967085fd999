//! Telling the operator of what comes again and again, without filling the log.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

const PAUSE: Duration = Duration::from_mins(1);

/// Remembers of each thing when it was logged last.
#[derive(Debug)]
pub(crate) struct OnceAMinute<K> {
    logged: Mutex<BTreeMap<K, Instant>>,
}

impl<K: Ord> OnceAMinute<K> {
    pub(crate) fn new() -> Self {
        Self { logged: Mutex::new(BTreeMap::new()) }
    }

    /// Whether `thing` is to be logged at `now`: then it isn't for a minute.
    pub(crate) fn is_due(&self, thing: K, now: Instant) -> bool {
        let mut logged = self.logged.lock();
        let is_due = logged.get(&thing).is_none_or(|&last| now.duration_since(last) >= PAUSE);
        if is_due {
            logged.insert(thing, now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_is_logged_once_a_minute() {
        let once = OnceAMinute::new();
        let begin = Instant::now();
        assert!(once.is_due("secret", begin));
        assert!(once.is_due("cluster", begin), "each by itself");
        assert!(!once.is_due("secret", begin + Duration::from_secs(59)));
        assert!(once.is_due("secret", begin + Duration::from_mins(1)));
    }
}
