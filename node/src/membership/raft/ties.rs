//! Votes that split.
//!
//! openraft draws the time-out of elections once for each process, and looks at it at ticks
//! that may fall together: two candidates that split the votes once would do so for ever. So a
//! candidate that is not elected stands again after a time drawn anew (Raft §5.2).

use std::time::Duration;

use openraft::ServerState;
use tokio::time::timeout;

use super::consensus::Consensus;

/// Longer than it takes to count votes, and short beside the election time-out.
const SHORTEST: Duration = Duration::from_millis(50);
/// So many draws lie far enough apart that one of five candidates is first.
const SPREAD: u32 = 8;
/// How often the range is doubled, where many tries fail: then a majority is missing.
const DOUBLINGS_MAX: u32 = 4;

impl Consensus {
    /// Breaks ties, until it is dropped.
    pub(super) async fn break_ties(&self) {
        let mut metrics = self.raft_metrics();
        let mut tries = 0;
        loop {
            let is_candidate = |state: ServerState| state == ServerState::Candidate;
            if metrics.wait_for(|it| is_candidate(it.state)).await.is_err() {
                return;
            }
            let decided = metrics.wait_for(|it| !is_candidate(it.state));
            if timeout(patience(tries), decided).await.is_ok() {
                tries = 0;
                continue;
            }
            tries += 1;
            // It fails only where consensus has ended.
            let _ = self.raft.trigger().elect().await;
        }
    }
}

fn patience(tries: u32) -> Duration {
    // Without randomness the most patient waits as long as it may.
    let draw = getrandom::u32().unwrap_or(u32::MAX);
    let longest = SHORTEST * SPREAD * (1 << tries.min(DOUBLINGS_MAX));
    SHORTEST + longest.mul_f64(f64::from(draw) / f64::from(u32::MAX))
}
