//! What can be asked of the users and keys.

use serde::{Deserialize, Serialize};

use crate::{Grant, PasswordHash, SigningKey, UserName};

/// What can be asked of the users and keys. Agreed on in one order, then applied by every node;
/// what is random or of a clock was drawn by who asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AuthCommand {
    /// Begin: with a first key, and a first user, who is an admin.
    SetUp {
        /// The key.
        key: SigningKey,
        /// What the admin is called.
        admin: UserName,
        /// The admin's password.
        password: PasswordHash,
    },
    /// Take in a user.
    Add {
        /// What the user is called.
        user: UserName,
        /// The password.
        password: PasswordHash,
        /// What the user may do.
        grant: Grant,
    },
    /// Forget a user.
    Remove {
        /// Who.
        user: UserName,
    },
    /// Give a user another password.
    Password {
        /// Who.
        user: UserName,
        /// The password.
        password: PasswordHash,
    },
    /// Let a user do something else than before.
    Grant {
        /// Who.
        user: UserName,
        /// What.
        grant: Grant,
    },
    /// Sign with another key from some time on.
    Rotate {
        /// The key.
        key: SigningKey,
        /// When it was drawn, in seconds since 1970.
        now: u64,
    },
}
