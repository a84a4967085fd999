//! How a node shows its launcher that it belongs to the cluster.

use std::fmt::Write;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::peers::Secret;

/// Sets the token apart from everything else that is made of the secret.
const LABEL: &[u8] = b"ringway launcher: token";

/// A bearer token (RFC 6750) that only those can make who know the cluster's secret. It is
/// made of the secret, and not the secret itself: who overhears it could start and stop
/// nodes, but not join them.
#[derive(Clone)]
pub(super) struct Token {
    mac: Hmac<Sha256>,
}

impl Token {
    /// The token of the cluster whose secret is `secret`.
    pub(super) fn new(secret: &Secret) -> Self {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .unwrap_or_else(|error| unreachable!("HMAC takes a key of any length: {error}"));
        mac.update(LABEL);
        Self { mac }
    }

    /// The value of `Authorization`.
    pub(super) fn header(&self) -> String {
        self.mac.clone().finalize().into_bytes().iter().fold("Bearer ".to_owned(), |mut text, b| {
            // A `String` takes whatever is written to it.
            let _infallible = write!(text, "{b:02x}");
            text
        })
    }

    /// Whether `header` carries this token. Takes as long wherever they differ.
    pub(super) fn is_in(&self, header: &str) -> bool {
        let Some((scheme, token)) = header.split_once(' ') else { return false };
        let is_bearer = scheme.eq_ignore_ascii_case("bearer");
        is_bearer && bytes(token).is_some_and(|tag| self.mac.clone().verify_slice(&tag).is_ok())
    }
}

fn bytes(hexadecimal: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<_>> = hexadecimal.chars().map(|digit| digit.to_digit(16)).collect();
    let (pairs, rest) = digits.as_ref()?.as_chunks::<2>();
    let byte = |[high, low]: &[u32; 2]| u8::try_from(high * 16 + low).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(secret: &str) -> Token {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), secret).unwrap();
        Token::new(&Secret::read(file.path()).unwrap())
    }

    #[test]
    fn the_same_secret_makes_the_same_token_and_does_not_show_in_it() {
        let header = token("0123456789abcdef").header();
        assert!(token("0123456789abcdef\n").is_in(&header));
        assert!(token("0123456789abcdef").is_in(&header.replace("Bearer", "bearer")));
        assert!(!header.contains("0123456789abcdef"));
    }

    #[test]
    fn whatever_else_is_sent_is_refused() {
        let mine = token("0123456789abcdef");
        let header = mine.header();
        for other in [
            token("0123456789abcdeF").header(),
            header.replace("Bearer ", ""),
            header.replace("Bearer ", "Basic "),
            header[..header.len() - 1].to_owned(),
            header[..header.len() - 2].to_owned(),
            format!("{header}00"),
            "Bearer ".to_owned(),
            "Bearer 0123456789abcdef".to_owned(),
            "Bearer ä".to_owned(),
            String::new(),
        ] {
            assert!(!mine.is_in(&other), "{other}");
        }
    }
}
