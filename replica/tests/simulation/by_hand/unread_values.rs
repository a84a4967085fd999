//! Values may be long: who only compares versions does not read them.

use super::{A, B, C, Hand};
use crate::history::Ask;

const fn put(mark: u64, ttl: bool) -> Ask {
    Ask::Put { mark, if_match: None, if_absent: false, ttl }
}

#[test]
fn no_value_is_read_to_write_another_over_it() {
    let mut hand = Hand::new(None);
    for mark in 1..=5 {
        let wrote = hand.ask(A, put(mark, false));
        hand.deliver(|_, _, _| true);
        assert!(hand.wrote(wrote));
    }
    assert_eq!([A, B, C].map(|node| hand.values_read(node)), [0, 0, 0]);
}

#[test]
fn a_copy_is_read_where_it_is_and_not_where_it_goes() {
    let mut hand = Hand::new(None);
    hand.ask(A, put(1, false));
    hand.deliver(|_, _, _| true);
    hand.ask(A, put(2, false));
    hand.deliver(|_, to, _| to != C);
    hand.lose_all();
    assert!(!hand.hold_the_same(), "C lacks the second value");
    for _ in 0..100 {
        hand.tick_all();
        hand.deliver(|_, _, _| true);
    }
    assert!(hand.hold_the_same());
    assert_eq!(hand.values_read(C), 0);
}

#[test]
fn the_sweep_reads_no_value_whose_time_has_not_come() {
    let mut hand = Hand::new(None);
    hand.ask(A, put(1, true));
    hand.deliver(|_, _, _| true);
    let before = hand.values_read(A);
    for _ in 0..4 {
        hand.tick(A);
        hand.deliver(|_, _, _| true);
    }
    assert_eq!(hand.values_read(A), before);
}
