//! A disk that doesn't keep up must not fill the memory.

use ringway_replica::{Outcome, Reason};

use super::{A, B, C, Hand};
use crate::config::quick;
use crate::history::Ask;

const fn put(mark: u64) -> Ask {
    Ask::Put { mark, if_match: None, if_absent: false, ttl: false }
}

#[test]
fn a_follower_whose_disk_is_behind_takes_no_more_values() {
    let limit = quick().unsynced_bytes;
    let mut hand = Hand::new(None);
    hand.ask(A, put(0));
    hand.deliver(|_, _, _| true);
    hand.unsynced = vec![C];
    for mark in 1..=limit as u64 {
        let wrote = hand.ask(A, put(mark));
        hand.deliver(|_, _, _| true);
        assert!(hand.wrote(wrote), "A and B are a majority");
    }
    assert_eq!(hand.unsynced_bytes(C), limit);
    assert_eq!([A, B].map(|node| hand.unsynced_bytes(node)), [0, 0]);
}

#[test]
fn a_leader_whose_disk_is_behind_refuses_values_and_says_that_they_are_not_stored() {
    let limit = quick().unsynced_bytes;
    let mut hand = Hand::new(None);
    hand.ask(A, put(0));
    hand.deliver(|_, _, _| true);
    hand.unsynced = vec![A];
    for mark in 1..=limit as u64 {
        let wrote = hand.ask(A, put(mark));
        hand.deliver(|_, _, _| true);
        if !hand.wrote(wrote) {
            let refused = Outcome::NotApplied(Reason::Overloaded);
            assert_eq!(hand.told(wrote), Some(&refused));
        }
    }
    assert_eq!(hand.unsynced_bytes(A), limit);
    let read = hand.ask(A, Ask::Read);
    hand.deliver(|_, _, _| true);
    assert!(hand.found(read), "reads go on");
}
