//! How large values are.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::Random;
use super::zipfian::Zipfian;

/// How many bytes a value has: `256` always, `100..1000` each size alike, `100..1000:zipfian`
/// small ones far more often.
#[derive(Clone, Debug)]
pub(crate) struct ValueSize {
    smallest: u64,
    largest: u64,
    zipfian: Option<Zipfian>,
}

/// No size.
#[derive(Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no size of values: 256, or 100..1000, or 100..1000:zipfian, at most 8388608")]
pub(crate) struct BadValueSize(String);

impl ValueSize {
    /// A node's default bound.
    const MAX: u64 = 8 << 20;

    pub(crate) fn largest(&self) -> u64 {
        self.largest
    }

    pub(crate) fn next(&self, random: &mut Random) -> u64 {
        let more = match &self.zipfian {
            Some(zipfian) => zipfian.next(random),
            None if self.smallest == self.largest => 0,
            None => random.below(self.largest - self.smallest + 1),
        };
        self.smallest + more
    }

    fn parse(text: &str) -> Option<Self> {
        let (range, zipfian) = match text.split_once(':') {
            Some((range, "zipfian")) => (range, true),
            Some(_) => return None,
            None => (text, false),
        };
        let (smallest, largest) = range.split_once("..").unwrap_or((range, range));
        let (smallest, largest) = (smallest.parse().ok()?, largest.parse().ok()?);
        if smallest > largest || largest > Self::MAX {
            return None;
        }
        let zipfian = zipfian.then(|| Zipfian::new(largest - smallest + 1));
        Some(Self { smallest, largest, zipfian })
    }
}

impl FromStr for ValueSize {
    type Err = BadValueSize;

    fn from_str(text: &str) -> Result<Self, BadValueSize> {
        Self::parse(text).ok_or_else(|| BadValueSize(text.to_owned()))
    }
}

impl fmt::Display for ValueSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.smallest)?;
        if self.smallest != self.largest {
            write!(formatter, "..{}", self.largest)?;
        }
        if self.zipfian.is_some() { write!(formatter, ":zipfian") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_stay_within_what_was_asked_and_reach_both_ends() {
        let mut random = Random::new(2, 0);
        for text in ["7", "10..13", "10..13:zipfian"] {
            let size: ValueSize = text.parse().unwrap();
            let drawn: Vec<u64> = (0..10_000).map(|_| size.next(&mut random)).collect();
            assert_eq!(drawn.iter().min(), Some(&size.smallest), "{text}");
            assert_eq!(drawn.iter().max(), Some(&size.largest), "{text}");
            assert_eq!(size.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_size_is_refused_by_name() {
        for bad in ["", "x", "5..3", "1..2:normal", "8388609", "-1"] {
            assert_eq!(bad.parse::<ValueSize>().unwrap_err(), BadValueSize(bad.to_owned()));
        }
    }
}
