//! A password as its user types it.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

use crate::base64url;

/// Fewer could be guessed in spite of everything.
const BYTES_MIN: usize = 8;
/// More is some other file.
const BYTES_MAX: usize = 1024;

/// A password as its user types it. It can't be printed, and its memory is wiped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// The password `text`.
    ///
    /// # Errors
    /// When it is too short or too long.
    pub fn new(text: String) -> Result<Self, PasswordError> {
        let (length, password) = (text.len(), Self(Zeroizing::new(text)));
        if (BYTES_MIN..=BYTES_MAX).contains(&length) {
            Ok(password)
        } else {
            Err(PasswordError { length })
        }
    }

    /// What somebody types who wants to be let in: it may be anything.
    #[must_use]
    pub fn typed(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// One that nobody guesses: 20 characters, made of `random`.
    #[must_use]
    pub fn generated(random: [u8; 15]) -> Self {
        Self(Zeroizing::new(base64url::encode(&random)))
    }

    /// The password itself, for whom it is to be shown or checked.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// Nothing of the password: configurations are logged.
impl fmt::Debug for Password {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Password(..)")
    }
}

/// What nobody may have as a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a password has from {BYTES_MIN} to {BYTES_MAX} bytes, not {length}")]
pub struct PasswordError {
    length: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_a_length_and_is_never_shown() {
        assert!(Password::new("1234567".into()).is_err());
        assert!(Password::new("x".repeat(1025)).is_err());
        let password = Password::new("12345678".into()).unwrap();
        assert_eq!(format!("{password:?}"), "Password(..)");
        assert_eq!(Password::generated([0xff; 15]).reveal(), "_".repeat(20));
    }
}
