//! What this node knows of another.

use alloc::collections::{BTreeSet, VecDeque};
use alloc::vec::Vec;

use ringway_ring::Partition;

use crate::{Ballot, Incarnation, Instant, Token};

/// What this node knows of another.
#[derive(Debug, Default)]
pub(crate) struct Peer {
    /// Its present start, while it can be reached.
    pub(crate) session: Option<Incarnation>,
    /// It left a forwarded request unanswered: not asked to lead before this.
    pub(crate) suspected_until: Instant,
    pub(crate) asking: Asking,
    pub(crate) seen: Seen,
    /// When it is told again that its view is old.
    pub(crate) next_news: Instant,
}

impl Peer {
    /// Whether to forward to it.
    pub(crate) fn is_usable(&self, now: Instant) -> bool {
        self.session.is_some() && now >= self.suspected_until
    }
}

/// Promises asked of a peer: one message at a time holds all that is to be asked, so that
/// the busier the peer, the more reads and take-overs share a message.
#[derive(Debug, Default)]
pub(crate) struct Asking {
    pub(crate) queued: BTreeSet<Partition>,
    /// Refused for its view's sake: asked again at the next tick.
    pub(crate) refused: BTreeSet<Partition>,
    rounds: VecDeque<Round>,
}

/// One message that asks for promises.
#[derive(Debug)]
pub(crate) struct Round {
    pub(crate) token: Token,
    pub(crate) sent: Instant,
    /// The partition, the ballot, and the number of the asking.
    pub(crate) items: Vec<(Partition, Ballot, u64)>,
}

impl Asking {
    /// How many unanswered messages are remembered, so that one that is answered more
    /// slowly than it is sent again still counts.
    const ROUNDS: usize = 8;
    /// How often the time until the next is doubled: a peer that is slow doesn't get ever more
    /// to do, and what is remembered reaches back for 47 retries, longer than anyone waits.
    const MAX_DOUBLINGS: usize = 3;

    pub(crate) fn is_busy(&self, now: Instant, retry_ms: u64) -> bool {
        let doublings = self.rounds.len().saturating_sub(1).min(Self::MAX_DOUBLINGS);
        self.rounds.back().is_some_and(|round| now.since(round.sent) < retry_ms << doublings)
    }

    /// What was asked of an earlier connection comes to nothing.
    pub(crate) fn forget(&mut self) {
        self.rounds.clear();
    }

    pub(crate) fn begin(&mut self, round: Round) {
        if self.rounds.len() == Self::ROUNDS {
            self.rounds.pop_front();
        }
        self.rounds.push_back(round);
    }

    /// The round that `token` answers; earlier ones are as good as lost.
    pub(crate) fn answered(&mut self, token: Token) -> Option<Round> {
        let index = self.rounds.iter().position(|round| round.token == token)?;
        self.rounds.drain(..=index).next_back()
    }

    /// Queues what was refused.
    pub(crate) fn requeue_refused(&mut self) {
        self.queued.append(&mut self.refused);
    }

    /// Queues what was asked too long ago without an answer.
    pub(crate) fn requeue_unanswered(&mut self, now: Instant, retry_ms: u64) {
        if !self.is_busy(now, retry_ms)
            && let Some(round) = self.rounds.back()
        {
            self.queued.extend(round.items.iter().map(|&(partition, ..)| partition));
        }
    }
}

/// Which forwarded requests of a peer have been received, so that none is done twice.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    incarnation: Option<Incarnation>,
    highest: u64,
    recent: BTreeSet<u64>,
}

impl Seen {
    /// What comes this far behind the latest is taken for seen.
    const WINDOW: u64 = 65_536;

    /// Whether `id` comes for the first time, as far as can be told.
    pub(crate) fn is_first(&mut self, id: Token) -> bool {
        if self.incarnation < Some(id.incarnation) {
            *self = Self { incarnation: Some(id.incarnation), ..Self::default() };
        }
        let floor = self.highest.saturating_sub(Self::WINDOW);
        if self.incarnation != Some(id.incarnation)
            || id.number < floor
            || !self.recent.insert(id.number)
        {
            return false;
        }
        self.highest = self.highest.max(id.number);
        let floor = self.highest.saturating_sub(Self::WINDOW);
        while self.recent.first().is_some_and(|&first| first < floor) {
            self.recent.pop_first();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_first_twice() {
        let id = |incarnation, number| Token { incarnation: Incarnation::new(incarnation), number };
        let mut seen = Seen::default();
        assert!(seen.is_first(id(1, 5)));
        assert!(seen.is_first(id(1, 3)), "overtaken, but new");
        assert!(!seen.is_first(id(1, 5)));
        assert!(seen.is_first(id(2, 5)), "of the next start");
        assert!(!seen.is_first(id(1, 9)), "a start that is over");
        assert!(seen.is_first(id(2, 5 + 2 * Seen::WINDOW)));
        assert!(!seen.is_first(id(2, 6)), "too old to tell");
        assert!(seen.recent.len() <= 2, "forgotten below the window");
    }
}
