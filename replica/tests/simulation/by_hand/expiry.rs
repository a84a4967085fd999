//! A value with a time to live is there until then, and gone for good afterwards.

use super::{A, Hand};
use crate::history::Ask;

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
