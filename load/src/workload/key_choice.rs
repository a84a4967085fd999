//! Which key is asked for.

use clap::ValueEnum;

use super::Random;
use super::latest::Latest;
use super::scrambled_zipfian::ScrambledZipfian;

/// Which keys are asked for how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum KeyDistribution {
    /// All alike.
    Uniform,
    /// A few very often, wherever they lie.
    Zipfian,
    /// The newest most often.
    Latest,
}

/// Draws keys by their age: 0 is the oldest of those that there are.
#[derive(Clone, Debug)]
pub(super) enum KeyChoice {
    Uniform,
    Zipfian(ScrambledZipfian),
    Latest(Latest),
}

impl KeyChoice {
    pub(super) fn new(distribution: KeyDistribution, loaded: u64) -> Self {
        match distribution {
            KeyDistribution::Uniform => Self::Uniform,
            KeyDistribution::Zipfian => Self::Zipfian(ScrambledZipfian::new(loaded)),
            KeyDistribution::Latest => Self::Latest(Latest::new(loaded)),
        }
    }

    /// One of the `items` that there are by now.
    pub(super) fn next(&mut self, items: u64, random: &mut Random) -> u64 {
        match self {
            Self::Uniform => random.below(items),
            Self::Zipfian(zipfian) => zipfian.next(random),
            Self::Latest(latest) => latest.next(items, random),
        }
    }
}
