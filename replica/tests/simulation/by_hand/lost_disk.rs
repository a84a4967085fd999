//! Why who has lost its disk comes back under another name.

use super::{A, B, C, Hand};
use crate::checker::{Verdict, check};
use crate::history::Ask;

const fn put(mark: u64) -> Ask {
    Ask::Put { mark, if_match: None, if_absent: false, ttl: false }
}

#[test]
fn an_empty_disk_under_an_old_name_loses_a_write() {
    let mut hand = Hand::new(None);
    hand.ask(A, put(1));
    hand.deliver(|_, _, _| true);
    let write = hand.ask(A, put(2));
    hand.deliver(|from, to, _| from != C && to != C);
    assert!(hand.wrote(write), "A and B have it");
    hand.lose_all();
    hand.lose_disk(B);
    hand.crash(A);
    for node in [B, C] {
        hand.sees(node, &[B, C]);
    }
    let read = hand.ask(C, Ask::Read);
    for _ in 0..20 {
        hand.deliver(|from, to, _| from != A && to != A);
        hand.tick(B);
        hand.tick(C);
    }
    assert!(hand.found(read));
    assert_eq!(check(&hand.history()), Verdict::Not, "B counts as who it was");
}
