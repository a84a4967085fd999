//! What is done and refused, case by case.

use std::sync::OnceLock;

use super::*;
use crate::{Claims, SigningKey};

/// One, since they take long to draw.
fn key() -> SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate(0).unwrap()).clone()
}

fn name(text: &str) -> UserName {
    text.parse().unwrap()
}

fn grant(role: Role) -> Grant {
    Grant::new(role, [].into()).unwrap()
}

fn add(user: &str, role: Role) -> AuthCommand {
    let (user, password) = (name(user), PasswordHash::decoy());
    AuthCommand::Add { user, password, grant: grant(role) }
}

fn remove(user: &str) -> AuthCommand {
    AuthCommand::Remove { user: name(user) }
}

fn regrant(user: &str, role: Role) -> AuthCommand {
    AuthCommand::Grant { user: name(user), grant: grant(role) }
}

struct State {
    auth: Option<Auth>,
    at: u64,
}

impl State {
    fn set_up() -> Self {
        let (admin, password) = (name("admin"), PasswordHash::decoy());
        let mut it = Self { auth: None, at: 0 };
        it.apply(AuthCommand::SetUp { key: key(), admin, password }).unwrap();
        it
    }

    fn apply(&mut self, command: AuthCommand) -> Result<bool, AuthRefused> {
        let before = self.auth.clone();
        self.at += 1;
        let applied = Auth::apply(&mut self.auth, command, self.at);
        if applied != Ok(true) {
            assert_eq!(self.auth, before, "nothing has changed");
        }
        applied
    }

    /// A token that `user` has now.
    fn token(&self, user: &str) -> Claims {
        let since = self.auth.as_ref().unwrap().users()[&name(user)].since;
        Claims::new("us", name(user), since, 0)
    }

    fn is_good(&self, token: &Claims) -> bool {
        let user = self.auth.as_ref().unwrap().users().get(&token.sub);
        user.is_some_and(|user| user.has_token(token))
    }
}

#[test]
fn there_is_nothing_before_a_first_admin_and_no_second_beginning() {
    let mut nothing = State { auth: None, at: 0 };
    assert_eq!(nothing.apply(add("ann", Role::Reader)), Err(AuthRefused::NotSetUp));
    let mut it = State::set_up();
    let (admin, password) = (name("eve"), PasswordHash::decoy());
    let again = it.apply(AuthCommand::SetUp { key: key(), admin, password });
    assert_eq!(again, Err(AuthRefused::AlreadySetUp));
}

#[test]
fn users_come_and_go() {
    let mut it = State::set_up();
    assert_eq!(it.apply(add("ann", Role::Reader)), Ok(true));
    let taken = AuthRefused::NameTaken { user: name("ann") };
    assert_eq!(it.apply(add("ann", Role::Admin)), Err(taken));
    assert_eq!(it.apply(remove("ann")), Ok(true));
    let gone = || Err(AuthRefused::NoSuchUser { user: name("ann") });
    assert_eq!(it.apply(remove("ann")), gone());
    assert_eq!(it.apply(regrant("ann", Role::Writer)), gone());
    let (user, password) = (name("ann"), PasswordHash::decoy());
    let set = it.apply(AuthCommand::Password { user, password });
    assert_eq!(set.map(drop), gone().map(drop));
}

#[test]
fn whatever_changes_a_user_makes_the_tokens_of_before_void() {
    let mut it = State::set_up();
    it.apply(add("ann", Role::Reader)).unwrap();
    it.apply(add("bob", Role::Reader)).unwrap();
    let (user, password) = (name("ann"), PasswordHash::new("another one", [1; 16]));
    let (mut token, others) = (it.token("ann"), it.token("bob"));
    for command in [
        AuthCommand::Password { user, password },
        regrant("ann", Role::Writer),
        remove("ann"),
        add("ann", Role::Writer),
    ] {
        let is_removal = matches!(command, AuthCommand::Remove { .. });
        assert_eq!(it.apply(command.clone()), Ok(true));
        assert!(!it.is_good(&token), "{command:?}");
        assert!(it.is_good(&others), "{command:?}");
        if !is_removal {
            token = it.token("ann");
            assert!(it.is_good(&token));
        }
    }
    assert_eq!(it.apply(regrant("ann", Role::Writer)), Ok(false));
    assert!(it.is_good(&token), "it was so already");
}

#[test]
fn an_admin_is_left() {
    let mut it = State::set_up();
    let last = || Err(AuthRefused::LastAdmin { user: name("admin") });
    it.apply(add("ann", Role::Writer)).unwrap();
    assert_eq!(it.apply(remove("admin")), last());
    assert_eq!(it.apply(regrant("admin", Role::Writer)), last());
    it.apply(regrant("ann", Role::Admin)).unwrap();
    assert_eq!(it.apply(remove("admin")), Ok(true));
    let last = Err(AuthRefused::LastAdmin { user: name("ann") });
    assert_eq!(it.apply(remove("ann")), last);
}

#[test]
fn there_are_not_more_users_than_a_node_remembers() {
    let mut it = State::set_up();
    for number in 1..USERS_MAX {
        let (auth, user) = (
            it.auth.as_mut().unwrap(),
            User { password: PasswordHash::decoy(), grant: grant(Role::Reader), since: 0 },
        );
        auth.add(name(&format!("user-{number}")), user).unwrap();
    }
    assert_eq!(it.apply(add("ann", Role::Reader)), Err(AuthRefused::TooManyUsers));
}

#[test]
fn a_state_shows_no_secret() {
    let mut it = State::set_up();
    let shown = format!("{:?}", it.auth);
    assert!(shown.contains("admin") && !shown.contains("PRIVATE"), "{shown}");
    assert!(!shown.contains("salt") && !shown.contains("tag"), "{shown}");
    let shown = format!("{:?}", AuthCommand::Rotate { key: key(), now: 1 });
    assert!(!shown.contains("PRIVATE"), "{shown}");
    assert_eq!(it.apply(AuthCommand::Rotate { key: key(), now: 1 }), Ok(true));
}
