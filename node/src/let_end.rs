//! A node is asked to end, by another.

use std::time::Duration;

use ringway_replica::NodeNumber;
use tokio::time::{Instant, sleep};

use crate::peers::{Ask, AskError, Peers};

/// How often a node that is to end is asked, and how long it may take to answer.
const INTERVAL: Duration = Duration::from_millis(100);
const ANSWER: Duration = Duration::from_secs(1);
/// After how long without a connection a node is taken to be gone.
const SILENCE: Duration = Duration::from_secs(1);
/// How long it may take to end: it finishes what is in flight, and flushes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What became of a node that was to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LetEnd {
    /// It was asked, and can't be reached any more.
    Ended,
    /// It could not be reached at any time.
    NeverReached,
    /// It still answers.
    StillThere,
}

/// Asks the node `number` to end in good order, and returns once it is gone, or has had time
/// enough.
pub(crate) async fn let_end(peers: &Peers, number: NodeNumber) -> LetEnd {
    let begun = Instant::now();
    let (mut was_reached, mut silent_since) = (false, None);
    while begun.elapsed() < PATIENCE {
        match peers.ask(number, Ask::End, ANSWER).await {
            Err(AskError::Unreachable) => {
                if silent_since.get_or_insert_with(Instant::now).elapsed() >= SILENCE {
                    return if was_reached { LetEnd::Ended } else { LetEnd::NeverReached };
                }
            }
            answer => {
                was_reached |= answer.is_ok();
                silent_since = None;
            }
        }
        sleep(INTERVAL).await;
    }
    LetEnd::StillThere
}
