//! Why another node told nothing.

use std::time::Duration;

use thiserror::Error;

use super::AskRefused;
use super::send_queue::Dropped;

/// Why there is no answer. But for a refusal, the question may have been answered all the
/// same, and whatever it was for been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AskError {
    /// There is no connection to it, or no longer.
    #[error("it can't be reached")]
    Unreachable,
    /// It did not answer.
    #[error("no answer in {} ms", .0.as_millis())]
    Timeout(Duration),
    /// Too many questions to it are under way, or too much waits to be sent to it. It was
    /// not asked.
    #[error("too much is under way to it already")]
    TooMany,
    /// The question is longer than a message may be. It was not asked.
    #[error("the question is too long to be sent")]
    TooLong,
    /// It says why not.
    #[error(transparent)]
    Refused(#[from] AskRefused),
}

impl From<Dropped> for AskError {
    fn from(dropped: Dropped) -> Self {
        match dropped {
            Dropped::NotConnected | Dropped::Disconnected => Self::Unreachable,
            Dropped::QueueFull => Self::TooMany,
            Dropped::TooLong => Self::TooLong,
        }
    }
}
