//! Why a token is none.

use thiserror::Error;

/// Why a token is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum TokenError {
    /// It is no token, or not of the one kind that there is: RS256, by a key that it names.
    #[error("this is no token of this cluster")]
    Malformed,
    /// It names a key that the cluster has not, or has no more.
    #[error("the token is signed with a key that this cluster doesn't have: log in again")]
    UnknownKey,
    /// Its signature is not that of the key that it names.
    #[error("the token's signature is wrong")]
    Signature,
    /// It is too late.
    #[error("the token has expired: log in again")]
    Expired,
    /// It is too early.
    #[error("the token is not good yet: a clock is wrong")]
    NotYetGood,
    /// Another cluster issued it.
    #[error("the token is another cluster's")]
    OtherCluster,
}
