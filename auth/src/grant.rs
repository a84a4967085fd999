//! What a user may do.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{Forbidden, Permission, Role, Scope};

/// How many prefixes a user has at most.
const PREFIXES_MAX: usize = 64;
/// The longest: as long as a key can be.
const PREFIX_BYTES_MAX: usize = 1024;

/// What a user may do: a role, and to which keys that is limited.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Grant {
    role: Role,
    /// None: all keys.
    prefixes: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    role: Role,
    #[serde(default)]
    prefixes: BTreeSet<String>,
}

impl TryFrom<Unchecked> for Grant {
    type Error = GrantError;

    fn try_from(Unchecked { role, prefixes }: Unchecked) -> Result<Self, GrantError> {
        Self::new(role, prefixes)
    }
}

impl Grant {
    /// `role`, for the keys that begin with one of `prefixes`; with none, for all.
    ///
    /// # Errors
    /// When there are too many prefixes, one is none, or the role has no use for them.
    pub fn new(role: Role, prefixes: BTreeSet<String>) -> Result<Self, GrantError> {
        if role == Role::Admin && !prefixes.is_empty() {
            return Err(GrantError::LimitedAdmin);
        }
        if prefixes.len() > PREFIXES_MAX {
            return Err(GrantError::TooMany { prefixes: prefixes.len() });
        }
        let is_prefix = |prefix: &String| (1..=PREFIX_BYTES_MAX).contains(&prefix.len());
        if !prefixes.iter().all(is_prefix) {
            return Err(GrantError::Length);
        }
        Ok(Self { role, prefixes })
    }

    /// The role of whoever administers the cluster.
    #[must_use]
    pub const fn admin() -> Self {
        Self { role: Role::Admin, prefixes: BTreeSet::new() }
    }

    /// The role.
    #[must_use]
    pub const fn role(&self) -> Role {
        self.role
    }

    /// What the keys begin with; where there is none, as they like.
    #[must_use]
    pub const fn prefixes(&self) -> &BTreeSet<String> {
        &self.prefixes
    }

    /// Whether it gives `permission` for `scope`.
    ///
    /// # Errors
    /// When it doesn't.
    pub fn check(&self, permission: Permission, scope: Scope<'_>) -> Result<(), Forbidden> {
        let needs = match permission {
            Permission::Open => return Ok(()),
            Permission::Known | Permission::Read => Role::Reader,
            Permission::Write => Role::Writer,
            Permission::Administer => Role::Admin,
        };
        if self.role < needs {
            return Err(Forbidden::Role { has: self.role, needs });
        }
        let is_within = match scope {
            Scope::Nothing => true,
            // All that begin with a text begin with each beginning of it.
            Scope::Key(text) | Scope::Prefix(text) => {
                self.prefixes.is_empty()
                    || self.prefixes.iter().any(|prefix| text.starts_with(prefix))
            }
        };
        if is_within { Ok(()) } else { Err(Forbidden::Prefix) }
    }
}

/// What can't be granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GrantError {
    /// An admin could lift the limit.
    #[error("an admin is not limited to prefixes")]
    LimitedAdmin,
    /// There are too many.
    #[error("a user has at most {PREFIXES_MAX} prefixes, not {prefixes}")]
    TooMany {
        /// How many.
        prefixes: usize,
    },
    /// No key begins so, or each does.
    #[error("a prefix has from 1 to {PREFIX_BYTES_MAX} bytes")]
    Length,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: Role, prefixes: &[&str]) -> Result<Grant, GrantError> {
        Grant::new(role, prefixes.iter().map(|&prefix| prefix.to_owned()).collect())
    }

    #[test]
    fn each_role_may_do_what_those_before_it_may() {
        use Permission::{Administer, Known, Open, Read, Write};
        for (role, may) in [
            (Role::Reader, &[Open, Known, Read][..]),
            (Role::Writer, &[Open, Known, Read, Write]),
            (Role::Admin, &[Open, Known, Read, Write, Administer]),
        ] {
            for permission in [Open, Known, Read, Write, Administer] {
                let checked = grant(role, &[]).unwrap().check(permission, Scope::Key("k"));
                assert_eq!(checked.is_ok(), may.contains(&permission), "{role} {permission:?}");
            }
        }
    }

    #[test]
    fn prefixes_limit_keys_and_listings_and_nothing_else() {
        let grant = grant(Role::Writer, &["a/", "bc"]).unwrap();
        for (scope, is_within) in [
            (Scope::Key("a/"), true),
            (Scope::Key("a/b/c"), true),
            (Scope::Key("bcd"), true),
            (Scope::Key("a"), false),
            (Scope::Key("b"), false),
            (Scope::Key("x/a/"), false),
            (Scope::Prefix("a/b"), true),
            (Scope::Prefix("a"), false),
            (Scope::Prefix(""), false),
            (Scope::Nothing, true),
        ] {
            for permission in [Permission::Read, Permission::Write] {
                let expected = if is_within { Ok(()) } else { Err(Forbidden::Prefix) };
                assert_eq!(grant.check(permission, scope), expected, "{scope:?}");
            }
        }
    }

    #[test]
    fn what_makes_no_sense_is_not_granted_however_it_comes() {
        assert_eq!(grant(Role::Admin, &["a"]), Err(GrantError::LimitedAdmin));
        assert_eq!(grant(Role::Reader, &[""]), Err(GrantError::Length));
        assert_eq!(grant(Role::Reader, &[&"x".repeat(1025)]), Err(GrantError::Length));
        let many = (0..65).map(|number| number.to_string()).collect();
        assert_eq!(Grant::new(Role::Reader, many), Err(GrantError::TooMany { prefixes: 65 }));
        let read = serde_json::from_str::<Grant>;
        assert_eq!(read(r#"{"role":"reader"}"#).unwrap(), grant(Role::Reader, &[]).unwrap());
        for json in [
            r#"{"role":"root"}"#,
            r#"{"role":"admin","prefixes":["a"]}"#,
            r#"{"role":"reader","prefix":"a"}"#,
            "{}",
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }
}
