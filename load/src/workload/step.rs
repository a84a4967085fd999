//! One thing after the other.

use super::cycle::Cycle;
use super::key_choice::KeyChoice;
use super::{Operation, Random, Sequence, WorkloadPlan};

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) operation: Operation,
    /// The key's number.
    pub(crate) key: u64,
    /// Of what is written.
    pub(crate) value_bytes: u64,
    /// Which value of that size.
    pub(crate) value: u64,
    /// How many keys a scan asks for.
    pub(crate) scan: u64,
    /// What the answer has to be.
    pub(crate) check: Check,
}

/// What an answer has to be, beyond one of success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Check {
    /// Anything.
    Nothing,
    /// The step's value, byte for byte.
    Value,
    /// 404.
    Absent,
}

/// What one client does, one step after the other.
///
/// Each client adds keys of its own, numbered behind the loaded ones, and reads only those that
/// it knows to be there: the loaded ones and its own. So what it does depends on the seed and on
/// which of its inserts succeeded, never on how fast others are.
#[derive(Clone, Debug)]
pub(crate) struct Steps {
    pub(super) plan: WorkloadPlan,
    pub(super) client: u64,
    pub(super) random: Random,
    pub(super) choice: KeyChoice,
    pub(super) cycle: Cycle,
    pub(super) inserted: u64,
    pub(super) swept: u64,
}

impl Steps {
    pub(crate) fn next(&mut self) -> Step {
        match self.plan.sequence {
            Sequence::Mixed => self.mixed(),
            Sequence::EveryMethod => {
                // By the round alone, so that the value can be made once more to compare with.
                let size = |round| {
                    let mut random = Random::new(self.plan.seed ^ round, self.client);
                    self.plan.value_size.next(&mut random)
                };
                self.cycle.next(|round| self.own(round), size)
            }
            Sequence::EachKeyOnce => {
                let key = self.swept * self.plan.clients + self.client;
                self.swept += 1;
                let (operation, check) = (Operation::Read, Check::Nothing);
                Step { operation, key, value_bytes: 0, value: 0, scan: 0, check }
            }
        }
    }

    fn mixed(&mut self) -> Step {
        let operation = self.plan.mix.next(&mut self.random);
        let key =
            if operation == Operation::Insert { self.own(self.inserted) } else { self.present() };
        let writes =
            matches!(operation, Operation::Insert | Operation::Update | Operation::ReadModifyWrite);
        let value_bytes = if writes { self.plan.value_size.next(&mut self.random) } else { 0 };
        let value = if writes { self.random.next() } else { 0 };
        let scans = operation == Operation::Scan;
        let scan = if scans { 1 + self.random.below(self.plan.scan) } else { 0 };
        Step { operation, key, value_bytes, value, scan, check: Check::Nothing }
    }

    /// Whether the last step did what it should. The key of an insert that did may be read;
    /// otherwise the next insert is of the same key.
    pub(crate) fn ended(&mut self, operation: Operation, as_it_should: bool) {
        match self.plan.sequence {
            Sequence::EveryMethod => self.cycle.ended(as_it_should),
            Sequence::Mixed if operation == Operation::Insert && as_it_should => self.inserted += 1,
            Sequence::Mixed | Sequence::EachKeyOnce => {}
        }
    }

    /// How large a value to load is, and which.
    pub(crate) fn value(&mut self) -> (u64, u64) {
        (self.plan.value_size.next(&mut self.random), self.random.next())
    }

    fn present(&mut self) -> u64 {
        let age = self.choice.next(self.plan.keys + self.inserted, &mut self.random);
        age.checked_sub(self.plan.keys).map_or(age, |own| self.own(own))
    }

    fn own(&self, number: u64) -> u64 {
        self.plan.keys + number * self.plan.clients + self.client
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::workload::{KeyDistribution, Mix, Ycsb};

    fn plan(mix: Mix, distribution: KeyDistribution) -> WorkloadPlan {
        WorkloadPlan {
            seed: 11,
            clients: 3,
            mix,
            key_name: "k/".parse().unwrap(),
            keys: 50,
            distribution,
            value_size: "1..9".parse().unwrap(),
            scan: 100,
            sequence: Sequence::Mixed,
        }
    }

    #[test]
    fn a_seed_says_everything() {
        let plan = plan(Ycsb::F.mix(), KeyDistribution::Zipfian);
        let steps = |client| {
            let mut steps = plan.steps(client);
            (0..100).map(|_| steps.next()).collect::<Vec<_>>()
        };
        assert_eq!(steps(0), steps(0));
        assert_ne!(steps(0), steps(1));
        let mut other = plan.clone();
        other.seed += 1;
        let mut others = other.steps(0);
        assert_ne!(steps(0), (0..100).map(|_| others.next()).collect::<Vec<_>>());
    }

    #[test]
    fn nobody_reads_what_is_not_known_to_be_there_and_no_two_add_the_same() {
        for ycsb in [Ycsb::D, Ycsb::E] {
            let plan = plan(ycsb.mix(), ycsb.keys());
            let mut all_added = BTreeSet::new();
            for client in 0..3 {
                let (mut steps, mut there) = (plan.steps(client), (0..50).collect::<BTreeSet<_>>());
                for number in 0..2_000 {
                    let step = steps.next();
                    if step.operation != Operation::Insert {
                        assert!(there.contains(&step.key), "{step:?}");
                    } else if number % 2 == 0 {
                        steps.ended(Operation::Insert, true);
                        assert!(there.insert(step.key), "{step:?}");
                        assert!(all_added.insert(step.key), "{step:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn each_key_is_read_once_by_all_clients_together() {
        let mut plan = plan(Mix::reads(100), KeyDistribution::Uniform);
        plan.sequence = Sequence::EachKeyOnce;
        let mut read = Vec::new();
        for client in 0..3 {
            let mut steps = plan.steps(client);
            read.extend((0..plan.keys_of(client)).map(|_| steps.next().key));
        }
        read.sort_unstable();
        assert_eq!(read, (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn reading_the_latest_reads_what_was_just_added() {
        let plan = plan(Ycsb::D.mix(), KeyDistribution::Latest);
        let mut steps = plan.steps(2);
        let mut own = 0;
        for _ in 0..1_000 {
            let step = steps.next();
            match step.operation {
                Operation::Insert => steps.ended(Operation::Insert, true),
                _ => own += u32::from(step.key >= 50),
            }
        }
        assert!(own > 100, "{own}");
    }
}
