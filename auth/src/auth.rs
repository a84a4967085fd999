//! What the nodes agree on of users and keys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{AuthCommand, AuthRefused, Grant, KeyRing, PasswordHash, Role, User, UserName};

/// How many users there are at most: every node keeps them all in memory.
pub(crate) const USERS_MAX: usize = 4096;

/// What the nodes agree on of users and keys. Exactly deterministic, as all that is replicated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auth {
    keys: KeyRing,
    users: BTreeMap<UserName, User>,
}

impl Auth {
    /// Does what `command` says to `state`, which is nothing before the first, and tells whether
    /// that made a difference. `at` numbers the state that has it done; each has another number.
    ///
    /// # Errors
    /// When it can't be done. Nothing has changed then.
    pub fn apply(
        state: &mut Option<Self>,
        command: AuthCommand,
        at: u64,
    ) -> Result<bool, AuthRefused> {
        match (state, command) {
            (state @ None, AuthCommand::SetUp { key, admin, password }) => {
                let user = User { password, grant: Grant::admin(), since: at };
                let (keys, users) = (KeyRing::new(key), BTreeMap::from([(admin, user)]));
                *state = Some(Self { keys, users });
                Ok(true)
            }
            (Some(_), AuthCommand::SetUp { .. }) => Err(AuthRefused::AlreadySetUp),
            (None, _) => Err(AuthRefused::NotSetUp),
            (Some(auth), command) => auth.change(command, at),
        }
    }

    fn change(&mut self, command: AuthCommand, at: u64) -> Result<bool, AuthRefused> {
        match command {
            AuthCommand::SetUp { .. } => return Err(AuthRefused::AlreadySetUp),
            AuthCommand::Add { user, password, grant } => {
                return self.add(user, User { password, grant, since: at });
            }
            AuthCommand::Remove { user } => {
                self.check_not_last_admin(&user)?;
                let removed = self.users.remove(&user);
                removed.map(drop).ok_or(AuthRefused::NoSuchUser { user })?;
            }
            AuthCommand::Password { user, password } => self.set_password(user, password, at)?,
            AuthCommand::Grant { user, grant } => return self.grant(user, grant, at),
            AuthCommand::Rotate { key, now } => self.keys.rotate(key, now)?,
        }
        Ok(true)
    }

    fn add(&mut self, name: UserName, user: User) -> Result<bool, AuthRefused> {
        if self.users.contains_key(&name) {
            return Err(AuthRefused::NameTaken { user: name });
        }
        if self.users.len() >= USERS_MAX {
            return Err(AuthRefused::TooManyUsers);
        }
        self.users.insert(name, user);
        Ok(true)
    }

    fn set_password(
        &mut self,
        name: UserName,
        password: PasswordHash,
        at: u64,
    ) -> Result<(), AuthRefused> {
        let user = self.users.get_mut(&name).ok_or(AuthRefused::NoSuchUser { user: name })?;
        (user.password, user.since) = (password, at);
        Ok(())
    }

    fn grant(&mut self, name: UserName, grant: Grant, at: u64) -> Result<bool, AuthRefused> {
        if grant.role() != Role::Admin {
            self.check_not_last_admin(&name)?;
        }
        let user = self.users.get_mut(&name).ok_or(AuthRefused::NoSuchUser { user: name })?;
        let is_other = user.grant != grant;
        if is_other {
            (user.grant, user.since) = (grant, at);
        }
        Ok(is_other)
    }

    fn check_not_last_admin(&self, name: &UserName) -> Result<(), AuthRefused> {
        let is_admin = |user: &User| user.grant.role() == Role::Admin;
        let mut others = self.users.iter().filter(|(other, user)| *other != name && is_admin(user));
        if self.users.get(name).is_some_and(is_admin) && others.next().is_none() {
            return Err(AuthRefused::LastAdmin { user: name.clone() });
        }
        Ok(())
    }

    /// The keys that sign tokens.
    #[must_use]
    pub const fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// Everybody, by name.
    #[must_use]
    pub const fn users(&self) -> &BTreeMap<UserName, User> {
        &self.users
    }
}

#[cfg(test)]
mod auth_test;
