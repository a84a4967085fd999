//! When to ask for the view.

/// The ticks of the longest pause between two questions; with a tick of 100 ms, 3.2 s.
const LONGEST_PAUSE: u32 = 32;

/// The long poll that follows the view: at most one question is under way.
///
/// The next one is asked at once only where the view has just advanced, since another
/// change may already be there. After any other answer it waits for the tick, and after
/// failures for twice as many ticks each time: a node that answers nonsense, or nodes
/// that contradict each other, are never asked in a busy loop.
#[derive(Debug)]
pub struct Poll {
    state: State,
    /// In a row.
    failures: u32,
}

#[derive(Debug)]
enum State {
    Asked,
    /// For how many more ticks.
    Pausing(u32),
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

impl Default for Poll {
    fn default() -> Self {
        Self { state: State::Pausing(0), failures: 0 }
    }
}

impl Poll {
    /// Time has passed. Whether to ask now.
    pub fn tick(&mut self) -> bool {
        match self.state {
            State::Asked => false,
            State::Pausing(ticks) => {
                self.state = State::Pausing(ticks.saturating_sub(1));
                ticks <= 1
            }
        }
    }

    /// A question is under way.
    pub fn asked(&mut self) {
        self.state = State::Asked;
    }

    /// The question is over. Whether to ask again at once.
    pub fn ended(&mut self, outcome: Outcome) -> bool {
        self.failures = match outcome {
            Outcome::Failed => self.failures.saturating_add(1),
            Outcome::Advanced | Outcome::Settled => 0,
        };
        // 1, 1, 2, 4 … ticks.
        let pause = 1_u32.checked_shl(self.failures.saturating_sub(1)).unwrap_or(LONGEST_PAUSE);
        self.state = State::Pausing(pause.min(LONGEST_PAUSE));
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
        for _ in 0..8 {
            poll.asked();
            assert!(!poll.ended(Outcome::Failed));
            pauses.push(ticks_until_asked(&mut poll));
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 32, 32]);
        poll.asked();
        assert!(!poll.ended(Outcome::Settled));
        assert_eq!(ticks_until_asked(&mut poll), 1, "one answer forgives all failures");
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
    fn one_question_at_a_time() {
        let mut poll = Poll::default();
        assert!(poll.tick());
        poll.asked();
        assert!((0..1000).all(|_| !poll.tick()));
    }
}
