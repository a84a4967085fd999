//! What somebody says who logs in.

use serde::{Deserialize, Deserializer};

use crate::Password;

/// What somebody says who logs in, as JSON. It may be anybody, and anything.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LoginRequest {
    /// Who.
    pub username: String,
    /// And by what.
    #[serde(deserialize_with = "typed")]
    pub password: Password,
}

fn typed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Password, D::Error> {
    String::deserialize(deserializer).map(Password::typed)
}
