//! How long a certificate is good.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

/// Below this it would be renewed all the time.
const MIN: Duration = Duration::from_secs(2);
/// Above this it is not short-lived.
const MAX: Duration = Duration::from_hours(24 * 365);

/// How long a certificate is good: `90s`, `30m`, `24h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateLifetime(Duration);

impl CertificateLifetime {
    /// A day.
    pub const DEFAULT: Self = Self(Duration::from_hours(24));

    /// The same, as a span of time.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl FromStr for CertificateLifetime {
    type Err = CertificateLifetimeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = || CertificateLifetimeError { text: text.to_owned() };
        let unit = match text.bytes().last() {
            Some(b's') => 1,
            Some(b'm') => 60,
            Some(b'h') => 3600,
            _ => return Err(error()),
        };
        let count: u64 = text[..text.len() - 1].parse().map_err(|_| error())?;
        let lifetime = Duration::from_secs(count.saturating_mul(unit));
        if (MIN..=MAX).contains(&lifetime) { Ok(Self(lifetime)) } else { Err(error()) }
    }
}

/// In the largest unit that leaves nothing.
impl fmt::Display for CertificateLifetime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_secs() {
            seconds if seconds.is_multiple_of(3600) => write!(out, "{}h", seconds / 3600),
            seconds if seconds.is_multiple_of(60) => write!(out, "{}m", seconds / 60),
            seconds => write!(out, "{seconds}s"),
        }
    }
}

/// A text that is no lifetime.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not a lifetime: write 90s, 30m or 24h, from 2s to 8760h")]
pub struct CertificateLifetimeError {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lifetime_is_a_number_and_its_unit() {
        for (text, seconds) in [("2s", 2), ("90s", 90), ("30m", 1800), ("24h", 86_400)] {
            let lifetime: CertificateLifetime = text.parse().unwrap();
            assert_eq!(
                (lifetime.get().as_secs(), lifetime.to_string()),
                (seconds, text.to_owned())
            );
        }
        assert_eq!(CertificateLifetime::DEFAULT.to_string(), "24h");
        for text in ["", "s", "24", "1s", "-2s", "1d", "8761h", "99999999999999999999h", "é"] {
            assert!(text.parse::<CertificateLifetime>().is_err(), "{text}");
        }
    }
}
