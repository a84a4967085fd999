//! What clients asked and were told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ringway_replica::Version;

/// What a client stored: unique in a run, so that a read tells which write it saw.
pub(crate) type Mark = u64;

/// A request of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    Read,
    Put { mark: Mark, if_match: Option<Version>, if_absent: bool, ttl: bool },
    Delete { if_match: Option<Version> },
}

/// What it was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    Found {
        mark: Mark,
        version: Version,
    },
    NotFound,
    Written {
        version: Version,
    },
    Deleted,
    ConditionFailed {
        current: Option<Version>,
    },
    /// It may take effect at any later time, or never.
    Unknown,
}

/// A request that may have had an effect, from when until when. What was told not to have
/// been applied is not in a history: then it must have had none.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    pub client: usize,
    pub ask: Ask,
    pub told: Told,
    pub from: u64,
    /// `None`: for ever.
    pub until: Option<u64>,
}

impl fmt::Display for Operation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { client, ask, told, from, until } = self;
        let until = until.map_or("...".to_owned(), |until| until.to_string());
        write!(out, "{from:>6}..{until:<6} client {client}: {ask:?} -> {told:?}")
    }
}

/// All requests about one key.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    pub operations: Vec<Operation>,
}

impl History {
    /// Which write each version names, as far as anybody was told.
    pub(crate) fn marks(&self) -> BTreeMap<Version, Mark> {
        let mut marks = BTreeMap::new();
        for operation in &self.operations {
            match (&operation.ask, &operation.told) {
                (_, &Told::Found { mark, version })
                | (&Ask::Put { mark, .. }, &Told::Written { version }) => {
                    let before = marks.insert(version, mark);
                    assert!(
                        before.is_none_or(|before| before == mark),
                        "version {version} names two writes"
                    );
                }
                _ => {}
            }
        }
        marks
    }

    /// The versions that failed conditions told, and that nobody was told what they name.
    pub(crate) fn unnamed(&self) -> BTreeSet<Version> {
        let marks = self.marks();
        let current = |operation: &Operation| match operation.told {
            Told::ConditionFailed { current } => current,
            _ => None,
        };
        let told = self.operations.iter().filter_map(current);
        told.filter(|version| !marks.contains_key(version)).collect()
    }

    /// The writes of which nobody knows whether they took effect.
    pub(crate) fn unknown(&self) -> impl Iterator<Item = Mark> {
        self.operations.iter().filter_map(|operation| match (&operation.ask, &operation.told) {
            (&Ask::Put { mark, .. }, Told::Unknown) => Some(mark),
            _ => None,
        })
    }
}

impl fmt::Display for History {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for operation in &self.operations {
            writeln!(out, "    {operation}")?;
        }
        Ok(())
    }
}
