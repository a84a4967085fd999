//! A partition moves while a leader of before goes on.

use ringway_replica::{Message, Mutant};

use super::{A, B, C, D, Hand};
use crate::change::ChangeKind;
use crate::checker::{Verdict, check};
use crate::history::{Ask, History, Told};

const fn put(mark: u64) -> Ask {
    Ask::Put { mark, if_match: None, if_absent: false, ttl: false }
}

/// A leads and does not hear of the move from A, B, C to B, C, D. It goes on writing with B,
/// while D copies what B and C have. What clients see of it.
fn a_leader_of_before_finishes(mutant: Option<Mutant>) -> History {
    let mut hand = Hand::with_spares(mutant, 1);
    hand.ask(A, put(1));
    hand.deliver(|_, _, _| true);
    hand.change(ChangeKind::Move { to: vec![B, C, D] });
    let without_a = |from: usize, to: usize, message: &Message| {
        from != A && to != A && !matches!(message, Message::Prepare { .. })
    };
    for node in [B, C, D] {
        hand.learn(node);
    }
    // Not so long that they would go on without A.
    for _ in 0..3 {
        for node in [B, C, D] {
            hand.tick(node);
        }
        hand.deliver(without_a);
    }
    hand.lose_all();
    // Who may still accept what A writes has nothing to say about what there is.
    let has_moved = hand.complete();
    let second = hand.ask(A, put(2));
    hand.deliver(|from, to, _| [from, to] == [A, B] || [from, to] == [B, A]);
    assert!(hand.wrote(second) || hand.told(second).is_none());
    hand.lose_all();
    // B is gone. C leads with D if the move is over, with A as well if not.
    hand.crash(B);
    let others: &[usize] = if has_moved { &[C, D] } else { &[A, C, D] };
    for &node in others {
        hand.learn(node);
        hand.sees(node, others);
    }
    let read = hand.ask(C, Ask::Read);
    for _ in 0..100 {
        hand.deliver(|from, to, _| others.contains(&from) && others.contains(&to));
        if hand.told(read).is_some() {
            break;
        }
        for &node in others {
            hand.tick(node);
        }
    }
    hand.history()
}

#[test]
fn what_a_leader_of_before_finishes_is_not_lost() {
    let history = a_leader_of_before_finishes(None);
    assert_eq!(check(&history), Verdict::Linearizable, "\n{history}");
    let [.., second, read] = &history.operations[..] else { panic!() };
    assert!(matches!(second.told, Told::Written { .. }), "B helps A to finish:\n{history}");
    assert!(matches!(read.told, Told::Found { mark: 2, .. }), "{history}");
}

#[test]
fn copies_of_what_may_still_be_written_lose_it() {
    let history = a_leader_of_before_finishes(Some(Mutant::PullBeforePromise));
    assert_eq!(check(&history), Verdict::Not, "\n{history}");
}

#[test]
fn who_hears_of_a_configuration_that_it_does_not_know_does_nothing_but_learn() {
    let mut hand = Hand::with_spares(None, 1);
    hand.ask(A, put(1));
    hand.deliver(|_, _, _| true);
    hand.change(ChangeKind::Move { to: vec![A, B, D] });
    hand.learn(A);
    hand.deliver(|_, _, _| true);
    assert_eq!(hand.behind.get(&B), Some(&2), "B hears of the view");
    assert_eq!(hand.behind.get(&A), None);
    assert!(!hand.is_under_way(|_| true), "and nobody goes on about it");
    let second = hand.ask(A, put(2));
    hand.deliver(|_, _, _| true);
    assert_eq!(hand.told(second), None, "nobody promises what they know nothing of");
    for node in [B, C, D] {
        hand.learn(node);
    }
    for _ in 0..3 {
        hand.tick_all();
        hand.deliver(|_, _, _| true);
    }
    assert!(hand.wrote(second));
}

#[test]
fn a_move_is_over_when_all_is_there_and_the_old_holder_then_forgets() {
    let mut hand = Hand::with_spares(None, 1);
    hand.ask(A, put(1));
    hand.deliver(|_, _, _| true);
    hand.change(ChangeKind::Move { to: vec![D, B, C] });
    for node in [A, B, C, D] {
        hand.learn(node);
    }
    assert!(hand.arrives(40, |_, _, _| true));
    assert_eq!(hand.records(), [1, 1, 1], "nobody was told yet");
    for node in [A, B, C, D] {
        hand.learn(node);
    }
    let second = hand.ask(A, put(2));
    for _ in 0..40 {
        hand.deliver(|_, _, _| true);
        hand.tick_all();
    }
    assert!(hand.wrote(second), "A hands over, and the request to D");
    assert_eq!(hand.records(), [0, 1, 1]);
}

#[test]
fn a_holder_that_tells_nothing_holds_up_no_move() {
    let mut hand = Hand::with_spares(None, 1);
    hand.ask(A, put(1));
    hand.deliver(|_, _, _| true);
    // Nobody stays, so D asks A first. A can be reached and never hears of it.
    hand.change(ChangeKind::Move { to: vec![D] });
    for node in [B, C, D] {
        hand.learn(node);
    }
    assert!(hand.arrives(60, |_, _, _| true), "B and C have told D what there is");
}
