//! What clients were told, and whether that can be.

use std::collections::BTreeMap;

use crate::checker::{Verdict, check};
use crate::history::{Ask, History, Operation, Told};

/// How many operations before the one at fault a failure shows.
const SHOWN: usize = 40;

/// What clients were told.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// By key.
    pub(crate) histories: BTreeMap<String, History>,
    /// Answers that no client should ever get.
    pub(crate) failures: Vec<String>,
    /// How many writes were told that they had no effect, and were none.
    pub(crate) not_applied: u64,
}

impl Record {
    /// Panics unless every answer was one that clients may get, and the answers about each
    /// key can be explained by some order of the requests.
    pub(crate) fn assert_linearizable(&self) {
        let Self { histories, failures, .. } = self;
        assert!(failures.is_empty(), "{} failed: {failures:#?}", failures.len());
        for (key, history) in histories {
            let verdict = check(history);
            if verdict != Verdict::Linearizable {
                let mut at_fault = shortest(history, verdict);
                let left_off = at_fault.operations.len().saturating_sub(SHOWN);
                at_fault.operations.drain(..left_off);
                panic!("{key}, after {left_off} more:\n{at_fault}{verdict:?} at its last answer");
            }
        }
    }

    /// How many requests were told what `is_so` says.
    pub(crate) fn count(&self, is_so: fn(&Told) -> bool) -> usize {
        self.operations().filter(|operation| is_so(&operation.told)).count()
    }

    /// All requests that may have had an effect.
    pub(crate) fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.histories.values().flat_map(|history| &history.operations)
    }
}

/// The shortest beginning of `history` of which the verdict is the same. It ends with the
/// answer that nothing explains.
fn shortest(history: &History, verdict: Verdict) -> History {
    let mut ends: Vec<_> = history.operations.iter().filter_map(|one| one.until).collect();
    ends.sort_unstable();
    let mut beginnings = ends.into_iter().map(|end| until(history, end));
    beginnings.find(|begun| check(begun) == verdict).unwrap_or_else(|| history.clone())
}

/// What was known at `now`: of what is answered later, only that it was asked.
fn until(history: &History, now: u64) -> History {
    let begun = history.operations.iter().filter(|one| one.from <= now).cloned();
    let mut operations: Vec<_> = begun
        .filter_map(|one| match one.until {
            Some(until) if until <= now => Some(one),
            _ if one.ask == Ask::Read => None,
            _ => Some(Operation { told: Told::Unknown, until: None, ..one }),
        })
        .collect();
    operations.sort_by_key(|one| one.until.unwrap_or(one.from));
    History { operations }
}
