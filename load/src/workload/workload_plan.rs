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
    pub(crate) sequence: Sequence,
}

/// In which sequence things are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sequence {
    /// As the mix has it.
    Mixed,
    /// Every method in turn, checked.
    EveryMethod,
    /// Each of the keys is read, once, by one of the clients.
    EachKeyOnce,
}

impl WorkloadPlan {
    /// What client number `client` asks for. It depends on nobody else.
    pub(crate) fn steps(&self, client: u64) -> Steps {
        Steps {
            plan: self.clone(),
            client,
            random: Random::new(self.seed, client),
            choice: KeyChoice::new(self.distribution, self.keys),
            cycle: Cycle::default(),
            inserted: 0,
            swept: 0,
        }
    }

    /// How many of the keys client number `client` reads where each is read once.
    pub(crate) fn keys_of(&self, client: u64) -> u64 {
        self.keys.saturating_sub(client).div_ceil(self.clients)
    }

    /// The keys that there are before it begins.
    pub(crate) fn loaded_keys(&self) -> impl Iterator<Item = Vec<u8>> {
        (0..self.keys).map(|index| {
            let mut key = Vec::new();
            self.key_name.write(index, &mut key);
            key
        })
    }
}
