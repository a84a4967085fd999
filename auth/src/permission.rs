//! What a request asks leave for.

use thiserror::Error;

use crate::Role;

/// What a request asks leave for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Nothing: everybody may.
    Open,
    /// To be a user.
    Known,
    /// To read values.
    Read,
    /// To store and delete them.
    Write,
    /// To change the cluster.
    Administer,
}

/// Which keys a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope<'a> {
    /// None.
    Nothing,
    /// One.
    Key(&'a str),
    /// All that begin so.
    Prefix(&'a str),
}

/// Why a user may not do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Forbidden {
    /// Others may.
    #[error("this takes the role {needs}, and this user is a {has}")]
    Role {
        /// What the user is.
        has: Role,
        /// What it takes.
        needs: Role,
    },
    /// The user may do it with other keys.
    #[error("this user may use other keys, which begin otherwise")]
    Prefix,
}
