//! What is not done with users and keys.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::UserName;
use crate::auth::USERS_MAX;

/// Why a command was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Error)]
pub enum AuthRefused {
    /// There are users already.
    #[error("this cluster has users already")]
    AlreadySetUp,
    /// There are none.
    #[error(
        "this cluster has no users: start a node with --auth required and --admin-password-file"
    )]
    NotSetUp,
    /// Somebody else is called so.
    #[error("there is a user called {user} already")]
    NameTaken {
        /// The name.
        user: UserName,
    },
    /// Nobody is called so.
    #[error("there is no user called {user}")]
    NoSuchUser {
        /// The name.
        user: UserName,
    },
    /// Nobody could take it back.
    #[error("{user} is the last admin: make another one first")]
    LastAdmin {
        /// Who.
        user: UserName,
    },
    /// There is no room.
    #[error("there are {USERS_MAX} users, which is all that a cluster can have")]
    TooManyUsers,
    /// One at a time.
    #[error("the last key that was made signs only from {signs_from} on, in seconds since 1970")]
    RotationUnderWay {
        /// When it does.
        signs_from: u64,
    },
    /// Rotated more often than tokens expire.
    #[error("tokens of {keys} keys are good still: wait until those of the oldest have expired")]
    TooManyKeys {
        /// How many.
        keys: usize,
    },
}
