//! Testing the checker: against histories known to be bad, and against others' judgement.

use std::collections::BTreeMap;

use ringway_replica::{Ballot, NodeNumber, Version};
use ringway_ring::Epoch;
use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History as TheirHistory};
use todc_utils::specifications::Specification;

use crate::checker::{Verdict, check};
use crate::history::{Ask, History, Operation, Told};
use crate::model::{State, apply};
use crate::random::Random;

fn version(mark: u64) -> Version {
    let ballot = Ballot::BOTTOM.next(Epoch::FIRST, NodeNumber::new(1));
    Version { ballot, sequence: mark }
}

fn put(mark: u64) -> Ask {
    Ask::Put { mark, if_match: None, if_absent: false, ttl: false }
}

fn written(mark: u64) -> Told {
    Told::Written { version: version(mark) }
}

fn found(mark: u64) -> Told {
    Told::Found { mark, version: version(mark) }
}

fn history(operations: Vec<(Ask, Told, u64, Option<u64>)>) -> History {
    let operation =
        |(client, (ask, told, from, until))| Operation { client, ask, told, from, until };
    History { operations: operations.into_iter().enumerate().map(operation).collect() }
}

#[test]
fn bad_histories_are_found_out() {
    let cas =
        |mark, over| Ask::Put { mark, if_match: Some(version(over)), if_absent: false, ttl: false };
    let create = |mark| Ask::Put { mark, if_match: None, if_absent: true, ttl: false };
    let delete = Ask::Delete { if_match: None };
    for (what, operations) in [
        ("a read of what nobody wrote", vec![(Ask::Read, found(1), 0, Some(1))]),
        (
            "a stale read",
            vec![
                (put(1), written(1), 0, Some(1)),
                (put(2), written(2), 2, Some(3)),
                (Ask::Read, found(1), 4, Some(5)),
            ],
        ),
        (
            "a lost write",
            vec![(put(1), written(1), 0, Some(1)), (Ask::Read, Told::NotFound, 2, Some(3))],
        ),
        (
            "a write that comes and goes",
            vec![
                (put(1), written(1), 0, Some(1)),
                (put(2), Told::Unknown, 2, None),
                (Ask::Read, found(2), 3, Some(4)),
                (Ask::Read, found(1), 5, Some(6)),
            ],
        ),
        (
            "two that compare and set the same",
            vec![
                (put(1), written(1), 0, Some(1)),
                (cas(2, 1), written(2), 2, Some(9)),
                (cas(3, 1), written(3), 2, Some(9)),
            ],
        ),
        (
            "two that create",
            vec![(create(1), written(1), 0, Some(9)), (create(2), written(2), 0, Some(9))],
        ),
        (
            "a deleted value that returns",
            vec![
                (put(1), written(1), 0, Some(1)),
                (delete.clone(), Told::Deleted, 2, Some(3)),
                (Ask::Read, found(1), 4, Some(5)),
            ],
        ),
        (
            "an expired value that returns",
            vec![
                (
                    Ask::Put { mark: 1, if_match: None, if_absent: false, ttl: true },
                    written(1),
                    0,
                    Some(1),
                ),
                (Ask::Read, Told::NotFound, 2, Some(3)),
                (Ask::Read, found(1), 4, Some(5)),
            ],
        ),
        (
            "a condition that fails without reason",
            vec![
                (put(1), written(1), 0, Some(1)),
                (cas(2, 1), Told::ConditionFailed { current: Some(version(1)) }, 2, Some(3)),
            ],
        ),
    ] {
        assert_eq!(check(&history(operations)), Verdict::Not, "{what}");
    }
}

#[test]
fn an_unknown_write_may_come_late_or_never() {
    let ends = |last| {
        history(vec![
            (put(1), written(1), 0, Some(1)),
            (put(2), Told::Unknown, 2, None),
            (put(3), written(3), 4, Some(5)),
            (Ask::Read, found(3), 6, Some(7)),
            (Ask::Read, found(last), 8, Some(9)),
        ])
    };
    assert_eq!(check(&ends(3)), Verdict::Linearizable, "never");
    assert_eq!(check(&ends(2)), Verdict::Linearizable, "after what was written later");
    assert_eq!(check(&ends(1)), Verdict::Not);
}

#[test]
fn a_failed_condition_may_tell_the_version_of_an_unknown_write() {
    let cas =
        |mark, over| Ask::Put { mark, if_match: Some(version(over)), if_absent: false, ttl: false };
    let failed = |current| Told::ConditionFailed { current: Some(version(current)) };
    // Of two writes, which both compare with the first, one may have taken effect.
    let ends = |last: Vec<(Ask, Told, u64, Option<u64>)>| {
        let first = vec![
            (put(1), written(1), 0, Some(1)),
            (cas(2, 1), Told::Unknown, 2, None),
            (cas(3, 1), Told::Unknown, 2, None),
            (cas(4, 1), failed(9), 4, Some(5)),
        ];
        history(first.into_iter().chain(last).collect())
    };
    let over_it = (cas(5, 9), written(5), 6, Some(7));
    assert_eq!(check(&ends(vec![over_it.clone()])), Verdict::Linearizable);
    let other = vec![over_it.clone(), (Ask::Read, found(3), 8, Some(9))];
    assert_eq!(check(&ends(other)), Verdict::Not, "what is overwritten returns");
    let changed = vec![(Ask::Read, found(2), 6, Some(7)), (cas(6, 1), failed(8), 8, Some(9))];
    assert_eq!(check(&ends(changed)), Verdict::Not, "two writes over one version");
    let nobody = vec![(put(6), written(6), 6, Some(7)), (cas(7, 1), failed(10), 8, Some(9))];
    assert_eq!(check(&ends(nobody)), Verdict::Not, "a version that nobody wrote");
}

/// Random histories, most of them nearly right: each operation takes effect at one moment
/// of its time, but for a few that lie.
fn random_history(random: &mut Random, operations: u64, with_unknown: bool) -> History {
    let mut all = Vec::new();
    for mark in 1..=operations {
        let from = random.below(3 * operations);
        let until = from + 1 + random.below(8);
        let effect = random.between(from, until);
        all.push((effect, mark, from, until));
    }
    all.sort_unstable();
    let mut state = State::Absent;
    let mut operations = Vec::new();
    for (_, mark, from, until) in all {
        let mark = mark * 100;
        let (ask, mut told) = match random.below(4) {
            0 => (put(mark), written(mark)),
            1 => (
                Ask::Delete { if_match: None },
                match state {
                    State::Absent => Told::NotFound,
                    State::Present { .. } => Told::Deleted,
                },
            ),
            _ => (
                Ask::Read,
                match state {
                    State::Absent => Told::NotFound,
                    State::Present { mark, .. } => found(mark),
                },
            ),
        };
        if let Some(&next) = apply(state, &ask, &told, &BTreeMap::new()).first() {
            state = next;
        }
        if random.percent(8) && ask == Ask::Read {
            told = found(random.between(1, operations.len() as u64 + 1) * 100);
        }
        let is_unknown = with_unknown && random.percent(30) && ask != Ask::Read;
        let told = if is_unknown { Told::Unknown } else { told };
        operations.push((ask, told, from, (!is_unknown).then_some(until)));
    }
    history(operations)
}

/// Whether some order explains `history`, by trying them all.
fn brute_force(history: &History) -> bool {
    fn explains(left: &[Operation], state: State) -> bool {
        let Some(first_end) = left.iter().filter_map(|one| one.until).min() else { return true };
        left.iter().enumerate().any(|(index, one)| {
            let mut rest = left.to_vec();
            rest.remove(index);
            let next = apply(state, &one.ask, &one.told, &BTreeMap::new());
            one.from <= first_end && next.into_iter().any(|state| explains(&rest, state))
        })
    }
    explains(&history.operations, State::Absent)
}

#[test]
fn the_checker_judges_as_trying_every_order_does() {
    let mut random = Random::new(7);
    let mut verdicts = [0, 0];
    for round in 0..2000 {
        let history = random_history(&mut random, 6, true);
        let expected = brute_force(&history);
        let verdict = check(&history);
        assert_eq!(verdict == Verdict::Linearizable, expected, "{round}:\n{history}");
        verdicts[usize::from(expected)] += 1;
    }
    assert!(verdicts.iter().all(|&count| count > 200), "of each some: {verdicts:?}");
}

/// A key for the other checker.
struct Register;

impl Specification for Register {
    type State = State;
    type Operation = (Ask, Option<Told>);

    fn init() -> State {
        State::Absent
    }

    fn apply((ask, told): &Self::Operation, state: &State) -> (bool, State) {
        let next = told.as_ref().map(|told| apply(*state, ask, told, &BTreeMap::new()));
        match next.as_deref() {
            Some(&[next]) => (true, next),
            _ => (false, *state),
        }
    }
}

#[test]
fn the_checker_judges_as_an_independent_one_does() {
    let mut random = Random::new(11);
    let mut verdicts = [0, 0];
    for round in 0..300 {
        let history = random_history(&mut random, 30, false);
        let mut actions = Vec::new();
        for (process, one) in history.operations.iter().enumerate() {
            // Beginnings before ends, as the checker here takes times that are equal.
            actions.push((one.from, 0, process, Action::Call((one.ask.clone(), None))));
            let until = one.until.unwrap();
            let told = (one.ask.clone(), Some(one.told.clone()));
            actions.push((until, 1, process, Action::Response(told)));
        }
        actions.sort_by_key(|&(at, kind, process, _)| (at, kind, process));
        let actions =
            actions.into_iter().map(|(_, _, process, action)| (process, action)).collect();
        let expected = WGLChecker::<Register>::is_linearizable(TheirHistory::from_actions(actions));
        let verdict = check(&history);
        assert_eq!(verdict == Verdict::Linearizable, expected, "{round}:\n{history}");
        verdicts[usize::from(expected)] += 1;
    }
    assert!(verdicts.iter().all(|&count| count > 30), "of each some: {verdicts:?}");
}
