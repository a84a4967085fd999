//! Every method in turn, each answer checked.

use super::step::Check;
use super::{Operation, Step};

/// Put a key that nobody else has, get it, delete it, and get it once more: again and again, each
/// time with a new key.
#[derive(Clone, Debug, Default)]
pub(super) struct Cycle {
    /// How many keys were begun before this one.
    round: u64,
    /// What comes next of it.
    phase: Phase,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Put,
    Get,
    Delete,
    GetDeleted,
}

impl Cycle {
    /// The next step, for the key that `key` gives to this round.
    pub(super) fn next(&self, key: impl Fn(u64) -> u64, size: impl Fn(u64) -> u64) -> Step {
        let (operation, check) = match self.phase {
            Phase::Put => (Operation::Insert, Check::Nothing),
            Phase::Get => (Operation::Read, Check::Value),
            Phase::Delete => (Operation::Delete, Check::Nothing),
            Phase::GetDeleted => (Operation::Read, Check::Absent),
        };
        let (key, value_bytes) = (key(self.round), size(self.round));
        Step { operation, key, value_bytes, value: self.round, scan: 0, check }
    }

    /// It is known that the step did what it should. Where that is not known, nothing can be
    /// said of the steps after it: the next key begins.
    pub(super) fn ended(&mut self, as_it_should: bool) {
        self.phase = match self.phase {
            Phase::Put if as_it_should => Phase::Get,
            Phase::Get if as_it_should => Phase::Delete,
            Phase::Delete if as_it_should => Phase::GetDeleted,
            Phase::Put | Phase::Get | Phase::Delete | Phase::GetDeleted => {
                self.round += 1;
                Phase::Put
            }
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_failure_the_next_key_begins() {
        let mut cycle = Cycle::default();
        let mut step = |as_it_should| {
            let step = cycle.next(|round| round, |_| 1);
            cycle.ended(as_it_should);
            (step.operation, step.check, step.key)
        };
        assert_eq!(step(true), (Operation::Insert, Check::Nothing, 0));
        assert_eq!(step(true), (Operation::Read, Check::Value, 0));
        assert_eq!(step(true), (Operation::Delete, Check::Nothing, 0));
        assert_eq!(step(true), (Operation::Read, Check::Absent, 0));
        assert_eq!(step(true), (Operation::Insert, Check::Nothing, 1));
        assert_eq!(step(false), (Operation::Read, Check::Value, 1));
        assert_eq!(step(false), (Operation::Insert, Check::Nothing, 2));
        assert_eq!(step(true), (Operation::Insert, Check::Nothing, 3));
    }
}
