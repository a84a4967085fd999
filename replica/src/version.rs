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

/// Reads what [`Version`]'s `Display` writes, and nothing else: a version has one text.
impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split('.');
        let mut number = || number(parts.next()?);
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

/// The number that is written as `text`: no sign, no zeros before it.
fn number(text: &str) -> Option<u64> {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit());
    let is_padded = text.len() > 1 && text.starts_with('0');
    text.parse().ok().filter(|_| is_plain && !is_padded)
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
        assert_eq!("0.0.0.0".parse(), Ok(Version::BOTTOM));
        let shapes = ["", "1.1.7", "1.1.7.42.1", "1.1.x.42", "1.1.4294967296.1", "1.1.7."];
        let numbers = ["+1.1.7.42", "01.1.7.42", "1.1.7.042", "1.1.7.00", "1.-1.7.42", "1. 1.7.42"];
        for text in shapes.into_iter().chain(numbers) {
            assert_eq!(text.parse::<Version>(), Err(NotAVersion), "{text}");
        }
    }
}
