//! What is kept of a password.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::{Deserialize, Serialize};

/// What is kept of a password: Argon2id (RFC 9106) with 19 MiB and two passes, as OWASP advises.
/// The cost stands beside it, so that a later version can raise it for new passwords.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordHash {
    memory_kib: u32,
    passes: u32,
    salt: [u8; 16],
    tag: [u8; 32],
}

impl PasswordHash {
    /// Of `password`. Takes some tens of milliseconds. `salt` is drawn for this one alone.
    #[must_use]
    pub fn new(password: &str, salt: [u8; 16]) -> Self {
        let (memory_kib, passes) = (Params::DEFAULT_M_COST, Params::DEFAULT_T_COST);
        let tag = tag(memory_kib, passes, salt, password);
        let tag = tag.unwrap_or_else(|error| unreachable!("its own default cost: {error}"));
        Self { memory_kib, passes, salt, tag }
    }

    /// One that no password has, for users that there are not: to check it takes as long.
    #[must_use]
    pub const fn decoy() -> Self {
        let (memory_kib, passes) = (Params::DEFAULT_M_COST, Params::DEFAULT_T_COST);
        Self { memory_kib, passes, salt: [0; 16], tag: [0; 32] }
    }

    /// Whether it is of `password`. Takes as long as [`PasswordHash::new`], whatever the answer.
    #[must_use]
    pub fn is_of(&self, password: &str) -> bool {
        let tag = tag(self.memory_kib, self.passes, self.salt, password);
        tag.is_ok_and(|tag| verify_slices_are_equal(&tag, &self.tag).is_ok())
    }
}

fn tag(
    memory_kib: u32,
    passes: u32,
    salt: [u8; 16],
    password: &str,
) -> Result<[u8; 32], argon2::Error> {
    let mut tag = [0; 32];
    let params = Params::new(memory_kib, passes, 1, Some(tag.len()))?;
    let mut memory = vec![Block::default(); params.block_count()];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        password.as_bytes(),
        &salt,
        &mut tag,
        &mut memory,
    )?;
    Ok(tag)
}

/// Nothing of the hash: whoever has it can guess without asking.
impl fmt::Debug for PasswordHash {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PasswordHash(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_its_own_password_fits() {
        let hash = PasswordHash::new("correct horse", [7; 16]);
        assert!(hash.is_of("correct horse"));
        for other in ["correct hors", "correct horse ", "", "Correct horse"] {
            assert!(!hash.is_of(other), "{other:?}");
        }
        assert_ne!(hash.tag, PasswordHash::new("correct horse", [8; 16]).tag, "salted");
        assert!(!PasswordHash::decoy().is_of("correct horse"));
        assert_eq!(format!("{hash:?}"), "PasswordHash(..)");
    }

    /// What Python's `argon2-cffi`, which is the reference implementation, makes of the same.
    #[test]
    fn it_is_argon2id_as_others_have_it() {
        let tag = tag(64, 3, *b"sixteen bytes!!!", "a password").unwrap();
        let expected = "gIKUXdxF1PYya8JapxwZjyE4qO3mXCNaohHwn8akbUQ";
        assert_eq!(crate::base64url::encode(&tag), expected);
    }
}
