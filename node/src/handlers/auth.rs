//! Users log in, and are administered.

mod login;
mod users;

use std::sync::Arc;

use http::HeaderValue;
use serde::de::DeserializeOwned;
use tokio::task::spawn_blocking;

use super::{bytes, json};
use crate::access::{AccessError, Gate, unix_seconds};
use crate::membership::{Command, ProposeError, Refused};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::{AdmittedBody, Answer};

pub(crate) use self::login::{login, renew};
pub(crate) use self::users::{add_user, grant, remove_user, set_password, users};

/// Far above a name, a password and as many prefixes as a user may have.
const USER_BYTES_MAX: u64 = 128 << 10;
/// Above a name and a password of which JSON escapes each byte. Whoever sends it may be anybody, and
/// many may be read at once.
const LOGIN_BYTES_MAX: u64 = 16 << 10;

/// `GET /.well-known/jwks.json`: the keys that tokens are signed with (RFC 7517).
pub(crate) fn jwks(node: &Node, target: &RawTarget) -> Answer {
    super::plain::exactly(target, "/.well-known/jwks.json")?;
    gate(node)?;
    let cluster = node.clusters.present();
    let keys = cluster.auth().ok_or(AccessError::NoUsers)?.keys();
    let content_type = HeaderValue::from_static("application/jwk-set+json");
    Ok(bytes(content_type, keys.jwks(unix_seconds()).into()))
}

/// `POST /auth/rotate-key`: signs with another key, once everybody had time to learn of it.
pub(crate) async fn rotate_key(node: Arc<Node>) -> Answer {
    let gate = gate(&node)?;
    let now = unix_seconds();
    let signs_from = now + ringway_auth::PUBLISHED_AHEAD_SECONDS;
    let draw = spawn_blocking(move || ringway_auth::SigningKey::generate(signs_from));
    let key = draw.await?.and_then(|key| gate.sealed(key)).map_err(AccessError::Key)?;
    let agreed = node.agree(Command::Auth(ringway_auth::AuthCommand::Rotate { key, now })).await?;
    Ok(json(&serde_json::json!({ "epoch": agreed.epoch, "signs_from": signs_from })))
}

/// Who lets in, where somebody does.
fn gate(node: &Node) -> Result<&Gate, AccessError> {
    node.gate.as_ref().ok_or(AccessError::Off)
}

/// The body, as JSON, of no more than `limit` bytes. Of what it is instead nothing is told.
async fn read<T: DeserializeOwned>(
    body: AdmittedBody,
    limit: u64,
    expected: &'static str,
) -> Result<T, Refusal> {
    let body = body.read(limit).await?;
    let read = serde_json::from_slice(&body.bytes);
    read.map_err(|_| AccessError::Body { expected }.into())
}

/// Has the cluster do `command`, and tells in which state that is done.
async fn agree(node: &Node, command: ringway_auth::AuthCommand) -> Answer {
    match node.agree(Command::Auth(command)).await {
        Ok(agreed) => Ok(json(&serde_json::json!({ "epoch": agreed.epoch }))),
        Err(ProposeError::Refused(Refused::Auth(ringway_auth::AuthRefused::NoSuchUser {
            user,
        }))) => Err(AccessError::NoSuchUser { user }.into()),
        Err(error) => Err(error.into()),
    }
}
