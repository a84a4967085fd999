//! Telling a node from itself before it restarted.

use serde::{Deserialize, Serialize};

/// Which start of a node's process this is: strictly higher than at any earlier start.
///
/// The driver keeps the counter durably. Without it a forwarded write that was delivered
/// before a restart and, duplicated, again after it would be applied twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Incarnation(u64);

impl Incarnation {
    /// The start numbered `number`.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }
}
