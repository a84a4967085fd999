//! How much of the ring a node takes.

use core::fmt;
use core::num::NonZeroU16;
use core::str::FromStr;

use alloc::borrow::ToOwned;
use alloc::string::String;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A node's capacity relative to the others': a node of weight 2 holds twice the
/// partitions of a node of weight 1. From 1 to 65,535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Weight(NonZeroU16);

impl Weight {
    /// What a node weighs of which nothing else is said.
    pub const ONE: Self = Self(NonZeroU16::MIN);

    /// A weight, unless `weight` is zero.
    #[must_use]
    pub const fn new(weight: u16) -> Option<Self> {
        match NonZeroU16::new(weight) {
            Some(weight) => Some(Self(weight)),
            None => None,
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl Default for Weight {
    fn default() -> Self {
        Self::ONE
    }
}

impl FromStr for Weight {
    type Err = WeightError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| WeightError { text: text.to_owned() })
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A text that can't be a [`Weight`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not a weight: it must be a whole number from 1 to 65535")]
pub struct WeightError {
    text: String,
}
