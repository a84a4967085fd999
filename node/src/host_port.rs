//! Where somebody listens, as an operator writes it.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// A host, by name or address, and a port: `n1.example:8081`, `10.0.0.1:8081`, `[::1]:8081`.
/// What the name stands for is looked up when it is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort(String);

impl HostPort {
    /// As the system's look-up takes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = || HostPortError { text: text.to_owned() };
        let (host, port) = text.rsplit_once(':').ok_or_else(refused)?;
        let is_open = |character: char| character.is_whitespace() || "/@,".contains(character);
        let is_bare_v6 = host.contains(':') && !(host.starts_with('[') && host.ends_with(']'));
        if host.is_empty() || host.contains(is_open) || is_bare_v6 {
            return Err(refused());
        }
        match port.parse::<u16>() {
            Ok(1..) => Ok(Self(text.to_owned())),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// A text that isn't `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text:?} is not of the form HOST:PORT, as n1.example:8081 or [::1]:8081")]
pub struct HostPortError {
    /// What was written.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_or_an_address() {
        for text in ["n1:8081", "n1.example:1", "10.0.0.1:65535", "[::1]:8081"] {
            assert_eq!(text.parse::<HostPort>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_can_not_be_connected_to_is_refused() {
        for text in ["", "n1", "n1:", ":8081", "n1:0", "n1:65536", "n1:x", "::1:8081", "a b:1"] {
            assert!(text.parse::<HostPort>().is_err(), "{text}");
        }
        assert!("http://n1:8081".parse::<HostPort>().is_err());
    }
}
