//! What became of a request.

use serde::{Deserialize, Serialize};

use crate::{Record, Version};

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The record, which holds a value.
    Found(Record),
    /// There is no value; where one was to be deleted, nothing was done.
    NotFound,
    /// The value is stored by a majority.
    Written {
        /// Its version.
        version: Version,
        /// Whether the leader knew of no value before. Of an unconditional write this is
        /// what the leader's own copy says: it may be out of date.
        created: bool,
    },
    /// The tombstone is stored by a majority.
    Deleted {
        /// Its version.
        version: Version,
    },
    /// The condition did not hold; nothing was done.
    ConditionFailed {
        /// The version that is there.
        current: Option<Version>,
    },
    /// A write that was proposed, and not refused by everyone, but not accepted by a
    /// majority in time: it may have taken effect, may yet, or never will.
    Unknown,
    /// It certainly had no effect and never will. Safe to send again.
    NotApplied(Reason),
}

/// Why a request had no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    /// No majority of the holders answered in time.
    Timeout,
    /// Too much is waiting already.
    Overloaded,
    /// Whoever was asked neither leads nor could find out who does.
    NotLeading,
    /// The leader's disk refuses to store.
    Disk,
    /// No holder of the partition can be reached, or nobody knows the partition.
    Unreachable,
}
