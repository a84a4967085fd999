//! A user.

use serde::{Deserialize, Serialize};

use crate::{Claims, Grant, PasswordHash};

/// Somebody who may use the cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// What is kept of the password.
    pub password: PasswordHash,
    /// What the user may do.
    pub grant: Grant,
    /// The state of the cluster in which all this became so. Tokens of before are void.
    pub since: u64,
}

impl User {
    /// Whether a token that says `claims` is one of this user as it is now.
    #[must_use]
    pub fn has_token(&self, claims: &Claims) -> bool {
        self.since == claims.since
    }
}
