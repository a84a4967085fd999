//! Is a history linearizable? The search of Wing and Gong with Lowe's memory of what was
//! tried: some order of the operations must explain every answer, in which each operation
//! stands between its beginning and its end.

use std::collections::{BTreeMap, BTreeSet};

use ringway_replica::Version;

use crate::history::{History, Mark};
use crate::model::{State, apply};

/// How many positions of the search are looked at before it gives up.
const LIMIT: usize = 1_000_000;

/// What the search finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Linearizable,
    /// No order explains the answers.
    Not,
    /// Too many orders to try them all.
    Undecided,
}

type Done = [u64; 8];

/// Whether `history`, of one key that was absent at first, is linearizable.
///
/// A failed condition may tell the version of a write whose client never learnt it. Which
/// one that was is not known, so each may be.
pub(crate) fn check(history: &History) -> Verdict {
    let (named, unnamed) = (history.marks(), history.unnamed());
    check_any(history, &named, &unnamed.into_iter().collect::<Vec<_>>())
}

/// Whether the history is linearizable if each of the versions of `unnamed` names some write
/// that no version of `named` does.
fn check_any(history: &History, named: &BTreeMap<Version, Mark>, unnamed: &[Version]) -> Verdict {
    let Some((&version, rest)) = unnamed.split_first() else { return search(history, named) };
    let mut verdict = Verdict::Not;
    for mark in history.unknown() {
        if named.values().any(|&other| other == mark) {
            continue;
        }
        let mut named = named.clone();
        named.insert(version, mark);
        match check_any(history, &named, rest) {
            Verdict::Linearizable => return Verdict::Linearizable,
            Verdict::Undecided => verdict = Verdict::Undecided,
            Verdict::Not => {}
        }
    }
    verdict
}

fn search(history: &History, marks: &BTreeMap<Version, Mark>) -> Verdict {
    let mut operations = history.operations.clone();
    operations.sort_by_key(|operation| operation.from);
    assert!(operations.len() <= Done::default().len() * 64, "a history too long to check");
    let mut seen = BTreeSet::new();
    let mut stack = vec![(Done::default(), State::Absent)];
    while let Some((done, state)) = stack.pop() {
        // The first end among what must still be ordered: nothing that begins later may come
        // before it.
        let pending = |index: usize| done[index / 64] >> (index % 64) & 1 == 0;
        let open = (0..operations.len()).filter(|&index| pending(index));
        let Some(first_end) = open.filter_map(|index| operations[index].until).min() else {
            return Verdict::Linearizable;
        };
        let mut next = Vec::new();
        for (index, operation) in operations.iter().enumerate() {
            if operation.from > first_end {
                break;
            }
            if pending(index) {
                for after in apply(state, &operation.ask, &operation.told, marks) {
                    let mut done = done;
                    done[index / 64] |= 1 << (index % 64);
                    next.push((operation.until.unwrap_or(u64::MAX), done, after));
                }
            }
        }
        // What ended first was probably first; what never ended probably never was.
        next.sort_by_key(|&(until, ..)| std::cmp::Reverse(until));
        for (_, done, after) in next {
            if seen.insert((done, after)) {
                stack.push((done, after));
            }
        }
        if seen.len() > LIMIT {
            return Verdict::Undecided;
        }
    }
    Verdict::Not
}
