//! The order of everything that is ever accepted for a key.

use core::fmt;
use core::str::FromStr;

use ringway_ring::Epoch;
use serde::{Deserialize, Serialize};

use crate::{Ballot, NodeNumber};

/// A ballot, and a counter that its leader raises with each record it stamps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version {
    /// Of the leader that stamped it.
    pub ballot: Ballot,
    /// Counts from 1 within the ballot.
    pub sequence: u64,
}

impl Version {
    /// Below every version that is ever stamped.
    pub const BOTTOM: Self = Self { ballot: Ballot::BOTTOM, sequence: 0 };
}

/// As it stands in an `ETag`.
impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}", self.ballot, self.sequence)
    }
}

/// As short as `Display`: a trace is full of them.
impl fmt::Debug for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Reads what [`Version`]'s `Display` writes; `None` of it may be missing.
impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.');
        let mut number = || parts.next()?.parse::<u64>().ok();
        let mut read = || {
            let (configuration, round, node) = (number()?, number()?, number()?);
            let node = NodeNumber::new(u32::try_from(node).ok()?);
            let ballot = Ballot { configuration: Epoch::new(configuration), round, node };
            Some(Self { ballot, sequence: number()? })
        };
        let version = read().ok_or(NotAVersion)?;
        if parts.next().is_some() { Err(NotAVersion) } else { Ok(version) }
    }
}

/// A text that is no [`Version`]: an `ETag` that no node ever gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAVersion;

impl fmt::Display for NotAVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("not a version")
    }
}

impl core::error::Error for NotAVersion {}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn an_etag_is_read_back() {
        let ballot = Ballot::BOTTOM.next(Epoch::FIRST, NodeNumber::new(7));
        let version = Version { ballot, sequence: 42 };
        assert_eq!(version.to_string(), "1.1.7.42");
        assert_eq!("1.1.7.42".parse(), Ok(version));
        for text in ["", "1.1.7", "1.1.7.42.1", "1.1.x.42", "1.1.4294967296.1"] {
            assert_eq!(text.parse::<Version>(), Err(NotAVersion), "{text}");
        }
    }
}
