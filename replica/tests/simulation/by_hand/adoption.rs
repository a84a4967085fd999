//! A record that a leader adopted must outrank what an earlier leader had written meanwhile,
//! though the client's write in it is older than both: hence two versions in a record.

use ringway_replica::{Message, Mutant, Outcome};

use super::{A, B, C, Hand};
use crate::checker::{Verdict, check};
use crate::history::{Ask, History};

const fn put(mark: u64) -> Ask {
    Ask::Put { mark, if_match: None, if_absent: false, ttl: false }
}

/// What clients see of it.
pub(crate) fn adoption_hides_what_lost(mutant: Option<Mutant>) -> History {
    let mut hand = Hand::new(mutant);
    let between = |one: usize, two: usize| {
        move |from: usize, to: usize, _: &Message| {
            [from, to] == [one, two] || [to, from] == [one, two]
        }
    };
    // A leads. The first value is everywhere.
    let first = hand.ask(A, put(1));
    hand.deliver(|_, _, _| true);
    let Some(&Outcome::Written { version, .. }) = hand.told(first) else { panic!("not written") };
    // The second gets to C only: A crashes before its own disk has it.
    hand.unsynced = vec![A];
    hand.ask(A, put(2));
    hand.deliver(|_, to, _| to == C);
    hand.lose_all();
    hand.crash(A);
    hand.unsynced = vec![];
    // A leads again, finds the first value with B, replaces exactly that, and crashes before
    // anyone else has it.
    hand.start(A);
    hand.sees(A, &[B, C]);
    hand.ask(A, Ask::Put { mark: 3, if_match: Some(version), if_absent: false, ttl: false });
    let is_accept = |message: &Message| matches!(message, Message::Accept { .. });
    hand.deliver(|from, to, message| between(A, B)(from, to, message) && !is_accept(message));
    hand.lose_all();
    hand.crash(A);
    // B leads, finds the second value with C, and reads it.
    hand.sees(B, &[C]);
    hand.ask(B, Ask::Read);
    hand.deliver(between(B, C));
    hand.lose_all();
    // A leads again, with B. Its own third value was made from the first: after the second
    // was read it can't come.
    hand.start(A);
    let last = hand.ask(A, Ask::Read);
    for _ in 0..100 {
        hand.deliver(between(A, B));
        if hand.told(last).is_some() {
            break;
        }
        hand.tick(A);
    }
    hand.history()
}

#[test]
fn an_adopted_record_outranks_what_an_earlier_leader_wrote() {
    let history = adoption_hides_what_lost(None);
    assert_eq!(check(&history), Verdict::Linearizable, "\n{history}");
    let [.., third, read, last] = &history.operations[..] else { panic!() };
    assert_eq!(third.until, None, "the third write is unknown");
    assert_eq!(read.told, last.told, "both read the second value:\n{history}");
}
