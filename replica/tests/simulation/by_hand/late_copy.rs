//! A copy that was under way while its key was deleted and purged must not bring it back.

use ringway_replica::Mutant;

use super::{A, B, C, Hand, is_copy};
use crate::checker::{Verdict, check};
use crate::history::{Ask, History, Told};

/// What clients see of it.
pub(crate) fn late_copy_meets_a_purged_key(mutant: Option<Mutant>) -> History {
    let mut hand = Hand::new(mutant);
    // C misses a value, finds that out, and asks for a copy, which is slow.
    hand.ask(A, Ask::Put { mark: 1, if_match: None, if_absent: false, ttl: false });
    hand.deliver(|from, to, _| from != C && to != C);
    hand.lose_all();
    hand.compare_until_a_copy_comes();
    assert!(hand.is_under_way(is_copy), "a copy was asked for");
    // The value is deleted; everyone has the tombstone; it is purged.
    hand.ask(A, Ask::Delete { if_match: None });
    hand.deliver(|_, _, message| !is_copy(message));
    for _ in 0..3 {
        hand.tick(A);
        hand.deliver(|_, _, message| !is_copy(message));
    }
    // The copy comes. A dies, and C leads with B.
    hand.deliver(|_, _, _| true);
    hand.crash(A);
    hand.sees(B, &[C]);
    hand.sees(C, &[B]);
    let read = hand.ask(C, Ask::Read);
    for _ in 0..100 {
        hand.deliver(|_, _, _| true);
        if hand.told(read).is_some() {
            break;
        }
        hand.tick(C);
    }
    hand.history()
}

#[test]
fn a_late_copy_does_not_bring_a_purged_key_back() {
    let history = late_copy_meets_a_purged_key(None);
    assert_eq!(check(&history), Verdict::Linearizable, "\n{history}");
    assert_eq!(history.operations.last().map(|one| &one.told), Some(&Told::NotFound));
}
