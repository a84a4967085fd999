//! Changes in quick succession leave nobody waiting, and no outcome unknown that can be known.

use ringway_replica::{Message, Outcome};

use super::{A, B, C, D, Hand};
use crate::change::ChangeKind;
use crate::history::Ask;

const fn put(mark: u64) -> Ask {
    Ask::Put { mark, if_match: None, if_absent: false, ttl: false }
}

/// A leads a partition that moves from A, B, C to `to`, as all know.
fn moving(to: &[usize]) -> Hand {
    let mut hand = Hand::with_spares(None, 1);
    hand.ask(A, put(1));
    hand.deliver(|_, _, _| true);
    hand.change(ChangeKind::Move { to: to.to_vec() });
    for node in [A, B, C, D] {
        hand.learn(node);
    }
    let second = hand.ask(A, put(2));
    for _ in 0..5 {
        hand.tick_all();
        hand.deliver(|_, _, _| true);
    }
    assert!(hand.wrote(second));
    hand
}

#[test]
fn who_leads_again_knows_what_became_of_what_it_left_in_flight() {
    let mut hand = moving(&[D]);
    let without_d = |from: usize, to: usize, _: &Message| from != D && to != D;
    let write = hand.ask(A, put(3));
    hand.deliver(without_d);
    assert_eq!(hand.told(write), None, "D's word is needed");
    hand.change(ChangeKind::Cancel);
    for node in [A, B, C] {
        hand.learn(node);
    }
    for _ in 0..15 {
        hand.tick(A);
        hand.deliver(without_d);
    }
    assert!(hand.wrote(write), "A has adopted it: {:?}", hand.told(write));
}

#[test]
fn who_cleans_up_lets_a_leader_of_before_finish() {
    let mut hand = moving(&[D]);
    hand.ask(A, Ask::Delete { if_match: None });
    assert!(hand.arrives(40, |_, _, message| !matches!(message, Message::Purge { .. })));
    hand.lose_all();
    hand.learn(D);
    // It finds the tombstone, and is to lead.
    for _ in 0..6 {
        hand.tick(D);
    }
    let write = hand.ask(A, put(3));
    hand.deliver(|_, _, _| true);
    assert!(hand.wrote(write), "D helps A to finish: {:?}", hand.told(write));
}

#[test]
fn who_holds_a_partition_anew_says_that_it_leads_it_no_more() {
    let mut hand = moving(&[B, C, D]);
    assert!(hand.arrives(40, |_, _, _| true));
    hand.learn(A);
    assert!(hand.is_under_way(|message| matches!(message, Message::Handover { .. })));
    hand.lose_all();
    hand.change(ChangeKind::Move { to: vec![A, B, C] });
    hand.learn(A);
    for _ in 0..5 {
        hand.tick(A);
    }
    for node in [B, C, D] {
        hand.learn(node);
    }
    let write = hand.ask(B, put(3));
    // Not so long that B would go on without A's word.
    for _ in 0..5 {
        hand.tick(B);
        hand.deliver(|_, _, _| true);
    }
    assert!(matches!(hand.told(write), Some(Outcome::Written { .. })), "{:?}", hand.told(write));
}

#[test]
fn who_has_to_clear_what_it_leads_leaves_no_request_behind() {
    let mut hand = moving(&[D]);
    assert!(hand.arrives(40, |_, _, _| true));
    let read = hand.ask(A, Ask::Read);
    assert_eq!(hand.told(read), None, "the others have to confirm it");
    hand.learn(A);
    hand.change(ChangeKind::Move { to: vec![A] });
    hand.learn(A);
    hand.change(ChangeKind::Cancel);
    hand.learn(A);
    hand.lose_all();
    // Not so long that it would give up finishing.
    for _ in 0..6 {
        hand.tick(A);
    }
    hand.learn(D);
    for _ in 0..40 {
        hand.tick_all();
        hand.deliver(|_, _, _| true);
    }
    assert!(hand.found(read), "it went to D: {:?}", hand.told(read));
    assert_eq!(hand.records(), [0, 1, 1], "A holds nothing any more");
}
