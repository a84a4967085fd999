//! What clients were told, and whether that can be.

use std::collections::BTreeMap;

use crate::checker::{Verdict, check};
use crate::history::{History, Told};

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
            assert_eq!(check(history), Verdict::Linearizable, "{key}:\n{history}");
        }
    }

    /// How many requests were told what `is_so` says.
    pub(crate) fn count(&self, is_so: fn(&Told) -> bool) -> usize {
        let operations = self.histories.values().flat_map(|history| &history.operations);
        operations.filter(|operation| is_so(&operation.told)).count()
    }
}
