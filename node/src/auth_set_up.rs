//! The first key and the first user of a cluster.

use std::io::{self, Write};

use ringway_auth::{AuthCommand, AuthRefused, KeyError, Password, PasswordHash, SigningKey};
use thiserror::Error;
use tokio::task::spawn_blocking;

use crate::access::unix_seconds;
use crate::config::{AuthConfig, Config, Start};
use crate::membership::{Command, Membership, ProposeError, Refused};

/// What the first user is called.
const ADMIN: &str = "admin";

/// Sees to it that a cluster whose clients need tokens has a key to sign them and an admin to
/// log in.
pub(crate) async fn set_up_auth(
    config: &Config,
    membership: &Membership,
) -> Result<(), AuthSetUpError> {
    let cluster = membership.present();
    let seal = config.signing_seal(cluster.id());
    if let Some(auth) = cluster.auth()
        && config.auth.is_required()
    {
        auth.keys().check_seal(seal.as_ref())?;
        if seal.is_some() && auth.keys().lies_open() {
            tracing::warn!(
                "the keys that sign tokens lie readable in the data directories, as earlier \
                 versions kept them: replace them by `ringway auth rotate-key`"
            );
        }
    }
    let has_users = cluster.auth().is_some();
    let given = match &config.auth {
        AuthConfig::Unsaid if has_users => return Err(AuthSetUpError::Unsaid),
        AuthConfig::Required { admin_password } if !has_users => admin_password.clone(),
        AuthConfig::Unsaid | AuthConfig::Off | AuthConfig::Required { .. } => return Ok(()),
    };
    let makes_cluster = matches!(config.start, Start::Bootstrap { .. });
    let (password, is_generated) = match given {
        Some(password) => (password, false),
        None if makes_cluster => (generated()?, true),
        None => {
            tracing::warn!(
                "the cluster seems to have no users yet: until a node is started with \
                 --admin-password-file nobody can log in"
            );
            return Ok(());
        }
    };
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(AuthSetUpError::Randomness)?;
    let kept = password.clone();
    let drawn = spawn_blocking(move || {
        (SigningKey::generate(unix_seconds()), PasswordHash::new(kept.reveal(), salt))
    });
    let (key, hash) = drawn.await.map_err(AuthSetUpError::Task)?;
    let key = seal.map_or(key.clone(), |seal| key?.sealed(&seal))?;
    let admin = ADMIN.parse().unwrap_or_else(|error| unreachable!("a name: {error}"));
    let set_up = AuthCommand::SetUp { key, admin, password: hash };
    match membership.propose(Command::Auth(set_up)).await {
        Ok(_) if is_generated => {
            // Once, and nowhere else. Who starts a node without looking can't log in.
            let _ = writeln!(io::stdout(), "ringway admin password: {}", password.reveal());
            Ok(())
        }
        // Another node was faster.
        Ok(_) | Err(ProposeError::Refused(Refused::Auth(AuthRefused::AlreadySetUp))) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

fn generated() -> Result<Password, AuthSetUpError> {
    let mut random = [0; 15];
    getrandom::fill(&mut random).map_err(AuthSetUpError::Randomness)?;
    Ok(Password::generated(random))
}

/// Why it is not known who may use the cluster.
#[derive(Debug, Error)]
pub enum AuthSetUpError {
    /// Its other nodes ask for tokens.
    #[error(
        "this cluster has users, and nothing says whether this node asks for their tokens: say \
         --auth required, or --auth off where all who reach it may read and write everything"
    )]
    Unsaid,
    /// The first user was not agreed on.
    #[error("the first user could not be made: {0}")]
    Proposal(#[from] ProposeError),
    /// There is no key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The system has no randomness.
    #[error("no password could be drawn: {0}")]
    Randomness(getrandom::Error),
    /// A thread died.
    #[error("no key was drawn: {0}")]
    Task(tokio::task::JoinError),
}
