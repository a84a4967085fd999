//! Why somebody is not let in.

use http::{HeaderValue, StatusCode};
use ringway_auth::{Forbidden, GrantError, KeyError, PasswordError, TokenError, UserName};
use thiserror::Error;

const ASK: HeaderValue = HeaderValue::from_static("Bearer realm=\"ringway\"");
const BAD: HeaderValue =
    HeaderValue::from_static("Bearer realm=\"ringway\", error=\"invalid_token\"");
const TOO_LITTLE: HeaderValue =
    HeaderValue::from_static("Bearer realm=\"ringway\", error=\"insufficient_scope\"");

/// Why somebody is not let in. Nothing was done.
#[derive(Debug, Error)]
pub(crate) enum AccessError {
    /// There is no token.
    #[error("this takes a token: send `Authorization: Bearer` with one of POST /login")]
    Missing,
    /// It is none.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Its user is gone, or was changed since.
    #[error("the token is void, since its user was removed or changed: log in again")]
    Void,
    /// Its user may not do this.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    /// The login is too long ago.
    #[error("the login is too long ago for another token: log in again")]
    SessionOver,
    /// One answer for whoever there is and isn't.
    #[error("user name or password is wrong")]
    WrongPassword,
    /// There were too many attempts.
    #[error("too many attempts to log in: try again in {seconds} s")]
    TooManyAttempts {
        /// How long to wait.
        seconds: u64,
    },
    /// Passwords take time to check.
    #[error("this node is overloaded: too many passwords are being checked")]
    Busy,
    /// The body of a login or of a change of users can't be read. What stands in it is not told:
    /// it may be a password.
    #[error("the body is not what this path takes: {expected}")]
    Body {
        /// What it should be.
        expected: &'static str,
    },
    /// What nobody may have as a password.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// What can't be granted.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// Nobody is called so.
    #[error("there is no user called {user}")]
    NoSuchUser {
        /// The name.
        user: UserName,
    },
    /// The cluster has no users.
    #[error("this cluster has no users yet, so that nobody has a token")]
    NoUsers,
    /// The token is of a state that this node hasn't heard of.
    #[error("this node has not heard yet of the user's latest change")]
    Behind,
    /// A key can't be drawn, or doesn't sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The system has no randomness.
    #[error("nothing random could be drawn: {0}")]
    Randomness(getrandom::Error),
    /// There is nothing to log in to.
    #[error("this node asks nobody for a token: it runs with --auth off")]
    Off,
}

impl AccessError {
    /// The status that says it to HTTP.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Missing
            | Self::Token(_)
            | Self::Void
            | Self::SessionOver
            | Self::WrongPassword => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Body { .. } | Self::Password(_) | Self::Grant(_) => StatusCode::BAD_REQUEST,
            Self::NoSuchUser { .. } | Self::Off => StatusCode::NOT_FOUND,
            Self::Busy | Self::NoUsers | Self::Behind => StatusCode::SERVICE_UNAVAILABLE,
            Self::Key(_) | Self::Randomness(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable name of this refusal.
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Token(TokenError::Expired) => "token_expired",
            Self::Token(_) => "token_invalid",
            Self::Void => "token_void",
            Self::SessionOver => "session_over",
            Self::Forbidden(_) => "forbidden",
            Self::WrongPassword => "wrong_password",
            Self::TooManyAttempts { .. } => "too_many_attempts",
            Self::Busy => "overloaded",
            Self::Body { .. } => "bad_auth_request",
            Self::Password(_) => "bad_password",
            Self::Grant(_) => "bad_grant",
            Self::NoSuchUser { .. } => "no_such_user",
            Self::NoUsers => "no_users",
            Self::Behind => "node_behind",
            Self::Key(_) | Self::Randomness(_) => "internal",
            Self::Off => "auth_off",
        }
    }

    /// What the client is asked for (RFC 6750 §3).
    pub(crate) const fn challenge(&self) -> Option<HeaderValue> {
        match self {
            Self::Missing | Self::WrongPassword => Some(ASK),
            Self::Token(_) | Self::Void | Self::SessionOver => Some(BAD),
            Self::Forbidden(_) => Some(TOO_LITTLE),
            _ => None,
        }
    }

    /// After how many seconds it is worth another try.
    pub(crate) fn retry_after(&self) -> Option<HeaderValue> {
        match self {
            Self::TooManyAttempts { seconds } => Some((*seconds).into()),
            _ => None,
        }
    }

    /// Whether somebody was not let in, rather than not served.
    pub(crate) const fn is_refusal(&self) -> bool {
        matches!(self.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            || matches!(self, Self::TooManyAttempts { .. })
    }
}
