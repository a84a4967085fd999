//! What a key is: a register that can be compared and set.

use std::collections::BTreeMap;

use ringway_replica::Version;

use crate::history::{Ask, Mark, Told};

/// The value of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum State {
    Absent,
    Present {
        mark: Mark,
        /// It may turn absent at any time by itself, never back: clocks jump both ways.
        expires: bool,
    },
}

/// What the key may be after `ask` was told `told`, if it was `state` before. Nothing if that
/// can't have been.
pub(crate) fn apply(
    state: State,
    ask: &Ask,
    told: &Told,
    marks: &BTreeMap<Version, Mark>,
) -> Vec<State> {
    let mut next = Vec::new();
    next.extend(apply_to(state, ask, told, marks));
    if let State::Present { expires: true, .. } = state {
        next.extend(apply_to(State::Absent, ask, told, marks));
    }
    next.dedup();
    next
}

fn apply_to(
    state: State,
    ask: &Ask,
    told: &Told,
    marks: &BTreeMap<Version, Mark>,
) -> Option<State> {
    let mark = match state {
        State::Absent => None,
        State::Present { mark, .. } => Some(mark),
    };
    let holds = |if_match: &Option<Version>, if_absent: bool| {
        let matches =
            if_match.is_none_or(|version| mark.is_some() && marks.get(&version) == mark.as_ref());
        matches && !(if_absent && mark.is_some())
    };
    let is = |current: &Option<Version>| match (current, mark) {
        (None, None) => true,
        (Some(version), Some(mark)) => marks.get(version).is_none_or(|&named| named == mark),
        _ => false,
    };
    match (ask, told) {
        (Ask::Read, Told::Found { mark: found, .. }) => (mark == Some(*found)).then_some(state),
        (Ask::Read | Ask::Delete { if_match: None }, Told::NotFound) => {
            mark.is_none().then_some(state)
        }
        (Ask::Put { mark, if_match, if_absent, ttl }, Told::Written { .. } | Told::Unknown) => {
            let new = State::Present { mark: *mark, expires: *ttl };
            holds(if_match, *if_absent).then_some(new)
        }
        (Ask::Put { if_match, if_absent, .. }, Told::ConditionFailed { current }) => {
            (!holds(if_match, *if_absent) && is(current)).then_some(state)
        }
        (Ask::Delete { if_match }, Told::Deleted | Told::Unknown) => {
            (mark.is_some() && holds(if_match, false)).then_some(State::Absent)
        }
        (Ask::Delete { if_match }, Told::ConditionFailed { current }) => {
            (!holds(if_match, false) && is(current)).then_some(state)
        }
        _ => None,
    }
}
