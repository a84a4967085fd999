//! Messages that no replica sends are no reason to stop.

use ringway_replica::{Ballot, Envelope, Message};

use super::{A, B, C, Hand};
use crate::history::Ask;

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
