//! The questions to one peer that wait for its answers.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::oneshot::{self, Receiver, Sender};
use tokio::time::timeout;

use super::ask::AskKind;
use super::{AskError, AskRefused, Reply};

/// What a peer says to a question.
pub(super) type Answer = Result<Reply, AskRefused>;

/// Bounded in number. Their bytes are in the send queue, which is bounded too, until they
/// are sent, and an answer's bytes are the asker's at once.
pub(super) struct Asks {
    max: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    last: u64,
    waiting: BTreeMap<u64, Waiting>,
}

struct Waiting {
    kind: AskKind,
    answer: Sender<Answer>,
}

impl Asks {
    pub(super) fn new(max: usize) -> Self {
        Self { max, state: Mutex::default() }
    }

    /// Expects an answer to one more question, unless too many are expected already.
    pub(super) fn begin(&self, kind: AskKind) -> Result<UnderWay<'_>, AskError> {
        let (answer, answered) = oneshot::channel();
        let mut state = self.state.lock();
        if state.waiting.len() >= self.max {
            return Err(AskError::TooMany);
        }
        state.last += 1;
        let number = state.last;
        state.waiting.insert(number, Waiting { kind, answer });
        drop(state);
        Ok(UnderWay { number, among: self, answered })
    }

    /// The peer has answered. What nobody waits for any more is passed over.
    ///
    /// # Errors
    /// When it is no answer to what was asked.
    pub(super) fn answered(&self, number: u64, answer: Answer) -> Result<(), OtherKind> {
        let Some(waiting) = self.state.lock().waiting.remove(&number) else { return Ok(()) };
        if answer.as_ref().is_ok_and(|reply| reply.kind() != waiting.kind) {
            return Err(OtherKind);
        }
        // Whoever asked may be gone.
        let _ = waiting.answer.send(answer);
        Ok(())
    }

    /// No answer will come to any of them.
    pub(super) fn forget_all(&self) {
        self.state.lock().waiting.clear();
    }
}

/// A reply is of another kind than the question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OtherKind;

/// A question under way. Forgotten when this is dropped.
pub(super) struct UnderWay<'a> {
    pub(super) number: u64,
    among: &'a Asks,
    answered: Receiver<Answer>,
}

impl UnderWay<'_> {
    /// The answer, when it has come.
    pub(super) async fn answer(mut self, patience: Duration) -> Result<Reply, AskError> {
        match timeout(patience, &mut self.answered).await {
            Ok(Ok(answer)) => Ok(answer?),
            Ok(Err(_forgotten)) => Err(AskError::Unreachable),
            Err(_elapsed) => Err(AskError::Timeout(patience)),
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.among.state.lock().waiting.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    fn reply() -> Reply {
        Reply::Raft(Bytes::from_static(b"yes"))
    }

    #[tokio::test]
    async fn an_answer_finds_its_question() {
        let asks = Asks::new(2);
        let [first, second] = [(); 2].map(|()| asks.begin(AskKind::Raft).unwrap());
        asks.answered(second.number, Ok(reply())).unwrap();
        asks.answered(first.number, Err(AskRefused::Busy)).unwrap();
        assert_eq!(first.answer(PATIENCE).await, Err(AskError::Refused(AskRefused::Busy)));
        assert_eq!(second.answer(PATIENCE).await, Ok(reply()));
    }

    #[tokio::test]
    async fn who_no_longer_waits_makes_room() {
        let asks = Asks::new(1);
        let first = asks.begin(AskKind::Raft).unwrap();
        assert!(matches!(asks.begin(AskKind::Raft), Err(AskError::TooMany)));
        let late = first.number;
        drop(first);
        let second = asks.begin(AskKind::Raft).unwrap();
        asks.answered(late, Ok(reply())).unwrap();
        let elapsed = second.answer(Duration::ZERO).await;
        assert_eq!(elapsed, Err(AskError::Timeout(Duration::ZERO)), "the answer was another's");
        assert!(asks.begin(AskKind::Raft).is_ok());
    }

    #[tokio::test]
    async fn what_no_answer_can_come_to_ends_at_once() {
        let asks = Asks::new(1);
        let under_way = asks.begin(AskKind::Raft).unwrap();
        asks.forget_all();
        assert_eq!(under_way.answer(PATIENCE).await, Err(AskError::Unreachable));
    }

    #[test]
    fn a_reply_of_another_kind_is_none() {
        let asks = Asks::new(1);
        let under_way = asks.begin(AskKind::Keys).unwrap();
        assert_eq!(asks.answered(under_way.number, Ok(reply())), Err(OtherKind));
    }
}
