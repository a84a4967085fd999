//! A value with a time to live is there until then, and gone for good afterwards.

use ringway_replica::Mutant;

use super::{A, B, C, Hand};
use crate::checker::{Verdict, check};
use crate::history::{Ask, History, Told};

/// What clients see of a value that the leader finds expired, just before it dies and one
/// leads by whose clock the value has long to go.
pub(crate) fn a_clock_behind_meets_an_expired_value(mutant: Option<Mutant>) -> History {
    let mut hand = Hand::new(mutant);
    hand.slow_by.insert(B, 10_000);
    hand.ask(A, Ask::Put { mark: 1, if_match: None, if_absent: false, ttl: true });
    hand.deliver(|_, _, _| true);
    hand.wait(500);
    hand.ask(A, Ask::Read);
    hand.deliver(|_, _, _| true);
    hand.lose_all();
    hand.crash(A);
    hand.sees(B, &[C]);
    let last = hand.ask(B, Ask::Read);
    for _ in 0..100 {
        hand.deliver(|_, to, _| to != A);
        if hand.told(last).is_some() {
            break;
        }
        hand.tick(B);
    }
    hand.history()
}

#[test]
fn what_has_expired_by_one_clock_does_not_come_back_by_another() {
    let history = a_clock_behind_meets_an_expired_value(None);
    assert_eq!(check(&history), Verdict::Linearizable, "\n{history}");
    let [_, early, late] = &history.operations[..] else { panic!() };
    assert_eq!([&early.told, &late.told], [&Told::NotFound, &Told::NotFound], "\n{history}");
}

#[test]
fn an_expired_value_is_not_found_and_leaves_every_disk() {
    let mut hand = Hand::new(None);
    let wrote = hand.ask(A, Ask::Put { mark: 1, if_match: None, if_absent: false, ttl: true });
    hand.deliver(|_, _, _| true);
    assert!(hand.wrote(wrote));
    let early = hand.ask(A, Ask::Read);
    hand.deliver(|_, _, _| true);
    assert!(hand.found(early), "its time has not come");
    hand.wait(500);
    let late = hand.ask(A, Ask::Read);
    hand.deliver(|_, _, _| true);
    assert!(!hand.found(late) && hand.told(late).is_some());
    assert_eq!(hand.records(), [1, 1, 1], "a tombstone everywhere");
    for _ in 0..5 {
        hand.tick_all();
        hand.deliver(|_, _, _| true);
    }
    assert_eq!(hand.records(), [0, 0, 0], "nothing anywhere");
}

#[test]
fn an_expired_value_leaves_every_disk_though_nobody_asks_for_it() {
    let mut hand = Hand::new(None);
    hand.ask(A, Ask::Put { mark: 1, if_match: None, if_absent: false, ttl: true });
    hand.deliver(|_, _, _| true);
    hand.wait(500);
    for _ in 0..20 {
        hand.tick_all();
        hand.deliver(|_, _, _| true);
    }
    assert_eq!(hand.records(), [0, 0, 0], "nothing anywhere");
}
