//! What differs only for a moment is not looked into.

use ringway_replica::Message;

use super::{A, C, Hand};
use crate::history::Ask;

const fn put(mark: u64) -> Ask {
    Ask::Put { mark, if_match: None, if_absent: false, ttl: false }
}

fn is_difference(message: &Message) -> bool {
    matches!(message, Message::Differs { buckets, .. } if !buckets.is_empty())
}

fn is_list(message: &Message) -> bool {
    matches!(message, Message::List { .. })
}

/// Three replicas that were compared and found equal.
fn settled() -> Hand {
    let mut hand = Hand::new(None);
    hand.ask(A, put(0));
    for _ in 0..20 {
        hand.deliver(|_, _, _| true);
        hand.tick_all();
    }
    hand.lose_all();
    hand
}

/// A write that C has not got, and that C has just been told of by a digest.
fn differing(hand: &mut Hand, mark: u64) {
    let is_late =
        |to: usize, message: &Message| to == C && matches!(message, Message::Accept { .. });
    let wrote = hand.ask(A, put(mark));
    for _ in 0..100 {
        hand.deliver(|_, to, message| !is_late(to, message) && !is_difference(message));
        if hand.is_under_way(is_difference) {
            break;
        }
        hand.tick_all();
    }
    assert!(hand.wrote(wrote) && hand.is_under_way(is_difference));
    hand.deliver(|_, to, message| !is_late(to, message) && !is_list(message));
}

#[test]
fn a_write_on_its_way_makes_nobody_list_keys() {
    let mut hand = settled();
    for mark in 1..=10 {
        differing(&mut hand, mark);
        for _ in 0..10 {
            hand.deliver(|_, _, message| !is_list(message));
            hand.tick_all();
        }
        assert!(!hand.is_under_way(is_list), "write {mark}");
        assert!(hand.hold_the_same());
    }
}

#[test]
fn a_write_that_got_lost_does() {
    let mut hand = settled();
    differing(&mut hand, 1);
    hand.lose_all();
    for _ in 0..10 {
        hand.tick_all();
        hand.deliver(|_, _, message| !is_list(message));
    }
    assert!(hand.is_under_way(is_list) && !hand.hold_the_same());
}
