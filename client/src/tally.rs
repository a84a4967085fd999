//! What came of many values.

use serde::Serialize;

/// What has become of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It was brought over.
    Done,
    /// It was there already, or went or expired before it could be.
    Passed,
}

/// What came of many values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Tally {
    /// How many were brought over.
    pub(crate) done: u64,
    /// How many had not to be.
    pub(crate) passed: u64,
    /// How many could not be.
    pub(crate) failed: u64,
    /// The bytes of those that were brought over.
    pub(crate) bytes: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, fate: Fate, bytes: u64) {
        match fate {
            Fate::Done => {
                self.done += 1;
                self.bytes += bytes;
            }
            Fate::Passed => self.passed += 1,
        }
    }
}
