//! What threads tell while they run.

use crate::stats::Window;

/// What a thread tells.
#[derive(Debug)]
pub(super) enum Event {
    /// Its clients are connected and have stored their keys, or why not.
    Ready(Result<(), String>),
    /// What it has counted since the last time.
    Window(Box<Window>),
    /// What is counted from now on belongs to this part of the run.
    Phase(&'static str),
    /// It has ended.
    Ended {
        /// Requests that were given up.
        unfinished: u64,
        /// Requests that were due and never begun.
        unsent: u64,
    },
}
