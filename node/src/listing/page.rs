//! A page of keys, as it is asked for and as it is answered.

use serde::Serialize;

use crate::raw_target::RawTarget;
use crate::refusal::Refusal;

const LIMIT_DEFAULT: u64 = 100;
/// With one more, the most that another node is asked for.
const LIMIT_MAX: u64 = 1000;

/// A page of keys, as it is asked for.
#[derive(Clone, Debug)]
pub(crate) struct ListQuery {
    /// What the keys begin with.
    pub prefix: String,
    /// What they come after.
    pub after: String,
    /// How many, at most.
    pub limit: u16,
}

impl ListQuery {
    /// Reads the query.
    ///
    /// # Errors
    /// When a parameter isn't what it must be.
    pub(crate) fn read(target: &RawTarget) -> Result<Self, Refusal> {
        let limit = target.number("limit")?.unwrap_or(LIMIT_DEFAULT);
        let limit = u16::try_from(limit).ok().filter(|_| (1..=LIMIT_MAX).contains(&limit));
        Ok(Self {
            prefix: target.parameter("prefix")?.unwrap_or_default(),
            after: target.parameter("after")?.unwrap_or_default(),
            limit: limit.ok_or(Refusal::Parameter { name: "limit", expected: "from 1 to 1000" })?,
        })
    }
}

/// A page of keys.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Page {
    /// In order.
    pub keys: Vec<Listed>,
    /// What `after` must be for the page that follows; null on the last. A page may have
    /// fewer keys than were asked for, even none, and yet not be the last.
    pub next: Option<String>,
}

/// A key that is there.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Listed {
    /// The key.
    pub key: String,
    /// Of its value.
    pub version: String,
    /// The value's length.
    pub bytes: u64,
}
