//! What all clients ask for together.

use super::cycle::Cycle;
use super::key_choice::KeyChoice;
use super::{KeyDistribution, KeyName, Mix, Random, Steps, ValueSize};

/// What all clients ask for together.
#[derive(Clone, Debug)]
pub(crate) struct WorkloadPlan {
    pub(crate) seed: u64,
    pub(crate) clients: u64,
    pub(crate) mix: Mix,
    pub(crate) key_name: KeyName,
    /// How many there are before it begins.
    pub(crate) keys: u64,
    pub(crate) distribution: KeyDistribution,
    pub(crate) value_size: ValueSize,
    /// The longest scan.
    pub(crate) scan: u64,
    /// Every method in turn, instead of the mix.
    pub(crate) cycle: bool,
}

impl WorkloadPlan {
    /// What client number `client` asks for. It depends on nobody else.
    pub(crate) fn steps(&self, client: u64) -> Steps {
        Steps {
            plan: self.clone(),
            client,
            random: Random::new(self.seed, client),
            choice: KeyChoice::new(self.distribution, self.keys),
            cycle: self.cycle.then(Cycle::default),
            inserted: 0,
        }
    }
}
