//! What a token says.

use serde::{Deserialize, Serialize};

use crate::{TokenError, UserName};

/// How long a token is good, in seconds. Shorter, and clients renew more often; longer, and an
/// edge that knows no users lets those of removed ones pass for longer, to nodes that refuse them.
pub const TOKEN_SECONDS: u64 = 3600;
/// How long a token can be renewed after the login, in seconds: then the password is asked for.
pub const SESSION_SECONDS: u64 = 7 * 24 * 3600;
/// By how much the clock of the node that issued a token may be ahead, in seconds.
const CLOCK_SKEW_SECONDS: u64 = 60;

/// What a token says. Times are in seconds since 1970. Neither role nor prefixes are in it:
/// nodes know the present ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The cluster that issued it.
    pub iss: String,
    /// Whose it is.
    pub sub: UserName,
    /// Since when it is good.
    pub nbf: u64,
    /// When it is good no more.
    pub exp: u64,
    /// When its user gave the password.
    pub auth_time: u64,
    /// The user as of which state: one that was changed since has other tokens.
    pub since: u64,
}

impl Claims {
    /// Those of a token for `user`, who has given the password.
    #[must_use]
    pub fn new(issuer: &str, user: UserName, since: u64, now: u64) -> Self {
        let (iss, exp) = (issuer.to_owned(), now + TOKEN_SECONDS);
        Self { iss, sub: user, nbf: now, exp, auth_time: now, since }
    }

    /// Those of the next token; nothing where the login is too long ago.
    #[must_use]
    pub fn renewed(&self, now: u64) -> Option<Self> {
        let end = self.auth_time.saturating_add(SESSION_SECONDS);
        let exp = (now + TOKEN_SECONDS).min(end);
        (now < exp).then(|| Self { nbf: now, exp, ..self.clone() })
    }

    /// Whether the token is good at `now`.
    ///
    /// # Errors
    /// When it is not yet or no more.
    pub fn check_time(&self, now: u64) -> Result<(), TokenError> {
        if now >= self.exp {
            Err(TokenError::Expired)
        } else if self.nbf > now.saturating_add(CLOCK_SKEW_SECONDS) {
            Err(TokenError::NotYetGood)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims(now: u64) -> Claims {
        Claims::new("a cluster", "ann".parse().unwrap(), 7, now)
    }

    #[test]
    fn a_token_is_good_for_an_hour_and_forgives_clocks_that_are_a_minute_off() {
        let claims = claims(10_000);
        for (now, expected) in [
            (9_939, Err(TokenError::NotYetGood)),
            (9_940, Ok(())),
            (10_000, Ok(())),
            (13_599, Ok(())),
            (13_600, Err(TokenError::Expired)),
        ] {
            assert_eq!(claims.check_time(now), expected, "at {now}");
        }
    }

    #[test]
    fn a_login_is_renewed_for_a_week_and_not_longer() {
        let (mut claims, begin) = (claims(10_000), 10_000);
        let mut now = begin;
        while let Some(renewed) = claims.renewed(now) {
            assert_eq!((renewed.auth_time, renewed.since, renewed.nbf), (begin, 7, now));
            assert!(renewed.check_time(now).is_ok());
            claims = renewed;
            now += TOKEN_SECONDS / 2;
        }
        assert_eq!(claims.exp, begin + SESSION_SECONDS);
        assert_eq!(now, begin + SESSION_SECONDS);
    }
}
