//! For how long a value is to live.

use std::str::FromStr;

use thiserror::Error;

/// For how long a value is to live, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ttl(u64);

/// It is no time.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("it must be a number of seconds above 0, or like 90s, 15m, 36h or 7d")]
pub(crate) struct TtlError;

impl Ttl {
    /// The rest of the time until `end`, at `now`, both in milliseconds since the beginning of
    /// 1970; nothing where it is over.
    pub(crate) fn until(end_ms: u64, now_ms: u64) -> Option<Self> {
        let left = end_ms.checked_sub(now_ms).filter(|&left| left > 0);
        left.map(|left| Self(left.div_ceil(1000)))
    }

    /// In seconds.
    pub(crate) fn seconds(self) -> u64 {
        self.0
    }
}

impl FromStr for Ttl {
    type Err = TtlError;

    fn from_str(text: &str) -> Result<Self, TtlError> {
        let (number, seconds) = match text.char_indices().last() {
            Some((end, 's')) => (text.get(..end), 1),
            Some((end, 'm')) => (text.get(..end), 60),
            Some((end, 'h')) => (text.get(..end), 3600),
            Some((end, 'd')) => (text.get(..end), 86_400),
            _ => (Some(text), 1),
        };
        let number: u64 = number.and_then(|number| number.parse().ok()).ok_or(TtlError)?;
        let seconds = number.checked_mul(seconds).filter(|&seconds| seconds > 0);
        seconds.map(Self).ok_or(TtlError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_rounded_up_and_may_be_nothing() {
        assert_eq!(Ttl::until(5001, 3000), Some(Ttl(3)));
        assert_eq!(Ttl::until(3001, 3000), Some(Ttl(1)));
        assert_eq!(Ttl::until(3000, 3000), None);
        assert_eq!(Ttl::until(0, 3000), None);
    }

    #[test]
    fn a_time_has_a_unit_or_is_in_seconds() {
        for (text, seconds) in
            [("1", 1), ("90s", 90), ("15m", 900), ("36h", 129_600), ("7d", 604_800)]
        {
            assert_eq!(text.parse(), Ok(Ttl(seconds)), "{text}");
        }
        for text in ["", "0", "0d", "s", "-1", "1.5h", "7w", "1 d", "ü", "18446744073709551615d"] {
            assert_eq!(text.parse::<Ttl>(), Err(TtlError), "{text:?}");
        }
    }
}
