//! Telling the operator of bad peers, without letting them fill the log.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::PeerRefusal;

const PAUSE: Duration = Duration::from_mins(1);

/// Remembers what was logged last when, for each reason.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    logged: Mutex<BTreeMap<&'static str, Instant>>,
}

impl Complaints {
    /// Logs it, unless another of the same reason was logged within a minute.
    pub(super) fn log(&self, address: SocketAddr, refusal: &PeerRefusal) {
        if self.is_due(refusal.reason(), Instant::now()) {
            tracing::warn!(
                %address,
                reason = refusal.reason(),
                "a peer was refused: {refusal} (more of this reason are only counted for a minute)"
            );
        }
    }

    fn is_due(&self, reason: &'static str, now: Instant) -> bool {
        let mut logged = self.logged.lock();
        let is_due = logged.get(reason).is_none_or(|&last| now.duration_since(last) >= PAUSE);
        if is_due {
            logged.insert(reason, now);
        }
        is_due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_logged_once_a_minute() {
        let complaints = Complaints::default();
        let begin = Instant::now();
        assert!(complaints.is_due("secret", begin));
        assert!(complaints.is_due("cluster", begin), "each reason by itself");
        assert!(!complaints.is_due("secret", begin + Duration::from_secs(59)));
        assert!(complaints.is_due("secret", begin + Duration::from_mins(1)));
    }
}
