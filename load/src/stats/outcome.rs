//! How a request ended.

use crate::http::{Answer, Applied, CallError};
use crate::workload::Check;

/// How a request ended. All but the first are failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// As it should.
    Done,
    /// 404 for a key that should be there.
    NotFound,
    /// No connection: nothing was sent.
    Connect,
    /// No answer in time. What a write did is not known.
    Timeout,
    /// The connection broke off. What a write did is not known.
    Broken,
    /// An answer that is no HTTP.
    Malformed,
    /// Another status than one of success, which says nothing of what was done.
    Status,
    /// A write that certainly had no effect.
    NotApplied,
    /// A write of which the cluster says that nobody knows.
    Unknown,
    /// An answer that contradicts what was acknowledged before.
    Wrong,
}

impl Outcome {
    pub(crate) const ALL: [Self; 10] = [
        Self::Done,
        Self::NotFound,
        Self::Connect,
        Self::Timeout,
        Self::Broken,
        Self::Malformed,
        Self::Status,
        Self::NotApplied,
        Self::Unknown,
        Self::Wrong,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::NotFound => "not-found",
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Broken => "broken",
            Self::Malformed => "malformed",
            Self::Status => "status",
            Self::NotApplied => "not-applied",
            Self::Unknown => "unknown",
            Self::Wrong => "wrong",
        }
    }

    pub(crate) fn is_failure(self) -> bool {
        self != Self::Done
    }

    /// What it is for a step of which more is known than that it should succeed.
    pub(crate) fn checked(self, check: Check, body_as_expected: bool) -> Self {
        match (check, self) {
            (Check::Value, Self::Done) if !body_as_expected => Self::Wrong,
            (Check::Value, Self::NotFound) | (Check::Absent, Self::Done) => Self::Wrong,
            (Check::Absent, Self::NotFound) => Self::Done,
            (Check::Nothing | Check::Value | Check::Absent, outcome) => outcome,
        }
    }

    pub(crate) fn of(answer: &Result<Answer, CallError>) -> Self {
        match answer {
            Ok(Answer { status: 200..300 | 304, .. }) => Self::Done,
            Ok(Answer { status: 404, .. }) => Self::NotFound,
            Ok(Answer { applied: Some(Applied::Not), .. }) => Self::NotApplied,
            Ok(Answer { applied: Some(Applied::Unknown), .. }) => Self::Unknown,
            Ok(_) => Self::Status,
            Err(CallError::Connect(_)) => Self::Connect,
            Err(CallError::Broken(_)) => Self::Broken,
            Err(CallError::Timeout) => Self::Timeout,
            Err(CallError::Malformed(_)) => Self::Malformed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_says_itself_what_it_did() {
        let of = |status, applied| {
            Outcome::of(&Ok(Answer { status, node: None, epoch: None, applied, bytes: 0 }))
        };
        assert_eq!(of(201, None), Outcome::Done);
        assert_eq!(of(304, None), Outcome::Done);
        assert_eq!(of(404, None), Outcome::NotFound);
        assert_eq!(of(503, None), Outcome::Status);
        assert_eq!(of(503, Some(Applied::Not)), Outcome::NotApplied);
        assert_eq!(of(503, Some(Applied::Unknown)), Outcome::Unknown);
    }

    #[test]
    fn an_answer_that_contradicts_what_was_acknowledged_is_wrong() {
        assert_eq!(Outcome::Done.checked(Check::Value, true), Outcome::Done);
        assert_eq!(Outcome::Done.checked(Check::Value, false), Outcome::Wrong);
        assert_eq!(Outcome::NotFound.checked(Check::Value, false), Outcome::Wrong);
        assert_eq!(Outcome::NotFound.checked(Check::Absent, true), Outcome::Done);
        assert_eq!(Outcome::Done.checked(Check::Absent, true), Outcome::Wrong);
        assert_eq!(Outcome::Timeout.checked(Check::Value, false), Outcome::Timeout);
    }

    #[test]
    fn all_are_listed_in_order() {
        assert!(Outcome::ALL.is_sorted());
        for (index, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, index);
        }
    }
}
