//! When to ask for the view.

use ringway_ring::Epoch;

/// How often a node is asked, in ticks: with a tick of 100 ms, every half second.
const PERIOD: u32 = 5;
/// The ticks of the longest pause while nobody answers: 3.2 s.
const LONGEST_PAUSE: u32 = 32;
/// The questions under way, at most: as many as there can be until one that nobody answers
/// is given up, after 2 s.
const UNDER_WAY_MAX: u32 = 4;

/// The long poll that follows the view.
///
/// A node holds each question for a second, and twice as often the next node is asked:
/// Envoy takes them in turn. So two nodes are followed at any time, and news comes from
/// whichever has it first. One that is cut off from the others, or stopped, holds nothing
/// up for longer than half a second, and of five nodes any two for a second.
///
/// Where the view has just advanced, the next question comes at once, since another change
/// may already be there. After failures pauses double: nodes that answer nonsense, or
/// contradict each other, are never asked in a busy loop.
///
/// Where a response says that the edge is behind, another node is asked at the next tick.
#[derive(Debug, Default)]
pub struct Poll {
    under_way: u32,
    /// How many ticks to wait.
    pause: u32,
    /// In a row.
    failures: u32,
    /// A response has said so since the last question.
    is_behind: bool,
    refreshes: u64,
}

/// What came of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A view of a higher epoch.
    Advanced,
    /// The view that was known, or another one of its epoch.
    Settled,
    /// No answer, or not a view.
    Failed,
}

impl Poll {
    /// What a node is asked for, where the view of `epoch` is held: one that is not older,
    /// and other than the one that `If-None-Match` names. A node that is behind holds the
    /// question until it has caught up.
    #[must_use]
    pub fn path(epoch: Option<Epoch>) -> String {
        match epoch {
            Some(epoch) => format!("/ring?after={}&wait=1", epoch.get().saturating_sub(1)),
            None => "/ring".to_owned(),
        }
    }

    /// Time has passed. Whether to ask now.
    pub fn tick(&mut self) -> bool {
        self.pause = self.pause.saturating_sub(1);
        (self.pause == 0 || self.is_behind) && self.under_way < UNDER_WAY_MAX
    }

    /// A question is under way.
    pub fn asked(&mut self) {
        self.under_way += 1;
        self.pause = PERIOD;
        self.refreshes += u64::from(std::mem::take(&mut self.is_behind));
    }

    /// A node that had a request has a later view. Whoever is asked at present may be cut off from
    /// it: the next tick asks another.
    pub fn behind(&mut self) {
        self.is_behind = true;
    }

    /// How many questions responses have brought forward, since the last call.
    #[must_use]
    pub fn take_refreshes(&mut self) -> u64 {
        std::mem::take(&mut self.refreshes)
    }

    /// A question is over. Whether to ask again at once.
    pub fn ended(&mut self, outcome: Outcome) -> bool {
        self.under_way = self.under_way.saturating_sub(1);
        if outcome == Outcome::Failed {
            // 1, 1, 2, 4 … ticks.
            self.pause = 1_u32.checked_shl(self.failures).unwrap_or(LONGEST_PAUSE);
            self.pause = self.pause.min(LONGEST_PAUSE);
            self.failures = self.failures.saturating_add(1);
        } else {
            self.pause = self.pause.min(PERIOD);
            self.failures = 0;
        }
        outcome == Outcome::Advanced
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks_until_asked(poll: &mut Poll) -> u32 {
        (1..=1000).find(|_| poll.tick()).expect("it never gives up")
    }

    #[test]
    fn failures_pause_longer_and_longer_up_to_a_bound() {
        let mut poll = Poll::default();
        assert_eq!(ticks_until_asked(&mut poll), 1, "nothing is known: ask at once");
        let mut pauses = Vec::new();
        for _ in 0..40 {
            poll.asked();
            assert!(!poll.ended(Outcome::Failed));
            pauses.push(ticks_until_asked(&mut poll));
        }
        assert_eq!(pauses[..8], [1, 2, 4, 8, 16, 32, 32, 32]);
        assert_eq!(pauses[39], 32);
        poll.asked();
        assert!(!poll.ended(Outcome::Settled));
        assert_eq!(ticks_until_asked(&mut poll), PERIOD, "one answer forgives all failures");
    }

    #[test]
    fn an_advance_asks_again_at_once_and_nothing_else_does() {
        let mut poll = Poll::default();
        poll.asked();
        assert!(poll.ended(Outcome::Advanced));
        poll.asked();
        assert!(!poll.ended(Outcome::Settled));
        poll.asked();
        assert!(!poll.ended(Outcome::Failed));
    }

    #[test]
    fn the_next_node_is_asked_while_one_holds_the_question() {
        let mut poll = Poll::default();
        assert!(poll.tick());
        poll.asked();
        assert_eq!(ticks_until_asked(&mut poll), PERIOD);
        poll.asked();
        assert_eq!(ticks_until_asked(&mut poll), PERIOD, "nor are two silent ones all");
    }

    #[test]
    fn questions_that_nobody_answers_are_bounded() {
        let mut poll = Poll::default();
        let mut asked = 0;
        for _ in 0..1000 {
            if poll.tick() {
                poll.asked();
                asked += 1;
            }
        }
        assert_eq!(asked, UNDER_WAY_MAX);
        poll.ended(Outcome::Failed);
        assert_eq!(ticks_until_asked(&mut poll), 1, "where one is given up, there is room");
    }

    #[test]
    fn who_is_behind_asks_at_the_next_tick_once_for_however_many_responses() {
        let mut poll = Poll::default();
        assert!(poll.tick());
        poll.asked();
        for _ in 0..1000 {
            poll.behind();
        }
        assert_eq!(ticks_until_asked(&mut poll), 1);
        poll.asked();
        assert_eq!(ticks_until_asked(&mut poll), PERIOD);
        assert_eq!((poll.take_refreshes(), poll.take_refreshes()), (1, 0));
    }

    #[test]
    fn who_is_behind_asks_no_more_often_than_there_is_room() {
        let mut poll = Poll::default();
        let mut asked = 0;
        for _ in 0..1000 {
            poll.behind();
            if poll.tick() {
                poll.asked();
                asked += 1;
            }
        }
        assert_eq!(asked, UNDER_WAY_MAX);
    }

    #[test]
    fn an_answer_that_settles_nothing_hurries_nothing() {
        let mut poll = Poll::default();
        assert!(poll.tick());
        poll.asked();
        assert!(!poll.tick());
        assert!(!poll.ended(Outcome::Settled), "answered at once, as by a node that waits not");
        assert_eq!(ticks_until_asked(&mut poll), PERIOD - 1);
    }

    #[test]
    fn a_view_that_is_held_is_asked_for_with_what_is_known() {
        assert_eq!(Poll::path(None), "/ring");
        assert_eq!(Poll::path(Some(Epoch::new(7))), "/ring?after=6&wait=1");
        assert_eq!(Poll::path(Some(Epoch::new(0))), "/ring?after=0&wait=1");
    }
}
