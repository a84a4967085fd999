//! Peers that answer slowly are asked again meanwhile, and are heard when they answer.

use std::cell::Cell;
use std::collections::VecDeque;

use ringway_replica::Message;

use super::{A, Hand};
use crate::history::Ask;

/// How long the others take to answer, in ticks of 20 ms: longer than it takes to ask again many
/// times.
const SLOW_TICKS: usize = 60;

fn is_question(message: &Message) -> bool {
    matches!(message, Message::Prepare { .. })
}

#[test]
fn a_read_is_answered_however_slowly_the_others_confirm_it() {
    let mut hand = Hand::new(None);
    let wrote = hand.ask(A, Ask::Put { mark: 1, if_match: None, if_absent: false, ttl: false });
    hand.deliver(|_, _, _| true);
    assert!(hand.wrote(wrote));
    let read = hand.ask(A, Ask::Read);
    // How many questions were asked in each tick that is not over for them.
    let mut asked = VecDeque::from([hand.count(is_question)]);
    let mut ticks = 0;
    while !hand.found(read) && ticks < 3 * SLOW_TICKS {
        ticks += 1;
        let before = hand.count(is_question);
        hand.tick(A);
        asked.push_back(hand.count(is_question) - before);
        if asked.len() > SLOW_TICKS {
            // The oldest are under way first.
            let due = Cell::new(asked.pop_front().unwrap_or_default());
            hand.deliver(|_, _, message| {
                !is_question(message) || due.replace(due.get().saturating_sub(1)) > 0
            });
        }
    }
    assert!(hand.found(read), "not after {ticks} ticks");
}
