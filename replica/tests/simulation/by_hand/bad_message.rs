//! Messages that no replica sends are no reason to stop.

use ringway_replica::{Ballot, Envelope, Message};
use ringway_ring::Partition;

use super::{A, B, C, Hand, number};
use crate::history::Ask;
use crate::keys::key;

const PUT: Ask = Ask::Put { mark: 1, if_match: None, if_absent: false, ttl: false };

#[test]
fn two_promises_of_one_partition_in_one_message_are_none() {
    let mut hand = Hand::new(None);
    hand.ask(A, Ask::Read);
    let twice = |envelope: &mut Envelope| {
        if let Message::Prepare { ballots, .. } = &mut envelope.message {
            let lower = ballots.iter().map(|&(partition, ballot)| {
                (partition, Ballot { node: ringway_replica::NodeNumber::new(0), ..ballot })
            });
            ballots.extend(lower.collect::<Vec<_>>());
        }
    };
    hand.alter(twice);
    hand.deliver(|_, to, _| to == B || to == C);
    assert_eq!(hand.promises(), [true, false, false], "nobody else has promised anything");
}

#[test]
fn a_round_that_leaves_none_above_it_is_promised_by_nobody() {
    let mut hand = Hand::new(None);
    let read = hand.ask(A, Ask::Read);
    hand.alter(|envelope| {
        if let Message::Prepare { ballots, .. } = &mut envelope.message {
            for (_, ballot) in ballots {
                ballot.round = u64::MAX;
            }
        }
    });
    hand.deliver(|_, _, _| true);
    assert_eq!([A, B, C].map(|node| hand.implausible(node)), [0, 1, 1]);
    assert_eq!(hand.promises(), [true, false, false]);
    for _ in 0..100 {
        hand.tick_all();
        hand.deliver(|_, _, _| true);
    }
    assert!(hand.told(read).is_some(), "what was refused is asked for again");
}

#[test]
fn a_record_of_a_key_of_another_partition_is_not_accepted() {
    let mut hand = Hand::new(None);
    hand.ask(A, PUT);
    hand.deliver(|_, _, message| !matches!(message, Message::Accept { .. }));
    hand.alter(|envelope| {
        if let Message::Accept { key: of, .. } = &mut envelope.message {
            *of = key(Partition::new(1), 0);
        }
    });
    hand.deliver(|_, _, _| true);
    assert_eq!([A, B, C].map(|node| hand.implausible(node)), [0, 1, 1]);
    assert_eq!(hand.records(), [1, 0, 0]);
}

#[test]
fn a_copy_of_a_key_of_another_partition_is_not_stored() {
    let mut hand = Hand::new(None);
    hand.ask(A, PUT);
    hand.deliver(|from, to, _| from != C && to != C);
    hand.lose_all();
    hand.compare_until_a_copy_comes();
    hand.alter(|envelope| {
        if let Message::Pulled { records, .. } = &mut envelope.message {
            for (of, _) in records {
                *of = key(Partition::new(1), 0);
            }
        }
    });
    hand.deliver(|_, _, _| true);
    assert_eq!(hand.implausible(C), 1);
    assert_eq!(hand.records(), [1, 1, 0]);
}

#[test]
fn an_answer_of_a_node_that_was_not_asked_is_none() {
    let mut hand = Hand::new(None);
    hand.ask(A, PUT);
    hand.deliver(|_, _, _| true);
    let wrote = hand.ask(C, PUT);
    let is_answer = |message: &Message| matches!(message, Message::Answer { .. });
    hand.deliver(|_, _, message| !is_answer(message));
    let answers_from = |node: usize| {
        move |envelope: &mut Envelope| {
            if is_answer(&envelope.message) {
                envelope.from = number(node);
            }
        }
    };
    hand.alter(answers_from(B));
    hand.deliver(|_, _, _| true);
    assert_eq!(hand.told(wrote), None);
}
