//! A password for a token, and a token for the next.

use std::sync::Arc;

use http::HeaderValue;
use http::header::CACHE_CONTROL;
use ringway_auth::{Claims, LoginRequest, Password, PasswordHash, UserName};
use serde_json::json;
use tokio::task::spawn_blocking;

use super::super::json as json_reply;
use super::{LOGIN_BYTES_MAX, gate, read};
use crate::access::{AccessError, AuditRecord, Credentials, Gate, unix_seconds};
use crate::membership::Cluster;
use crate::metrics::MethodName;
use crate::node::Node;
use crate::refusal::Refusal;
use crate::routes::{AdmittedBody, Answer};

/// `POST /login` `{"username", "password"}`: a token. The answer, and the time it takes, are the
/// same for a wrong name and a wrong password.
pub(crate) async fn login(
    node: Arc<Node>,
    credentials: Option<Arc<Credentials>>,
    body: AdmittedBody,
) -> Answer {
    let gate = gate(&node)?;
    let credentials = credentials.ok_or(AccessError::Missing)?;
    let expected = r#"{"username": "", "password": ""}"#;
    let request = read::<LoginRequest>(body, LOGIN_BYTES_MAX, expected).await;
    let cluster = node.clusters.present();
    let mut who = None;
    let answer = match request {
        Ok(LoginRequest { username, password }) => {
            let user = username.parse().unwrap_or_else(|_| nobody());
            let claims = attempt(gate, &cluster, &user, password, &credentials).await;
            // Only a name that there is: somebody may have typed the password in its place.
            who = cluster.auth().and_then(|auth| auth.users().get_key_value(&user));
            match claims {
                Ok(claims) => token(gate, &cluster, claims).await,
                Err(error) => Err(error),
            }
        }
        Err(error) => Err(error),
    };
    let who = who.map(|(name, _)| name.as_str());
    let record = AuditRecord::new(who, &credentials, MethodName::Post);
    record.note(answer.as_ref().map_or_else(Refusal::code, |_| "done"), cluster.epoch());
    answer
}

/// Whoever has a name that none can have: they count as one.
fn nobody() -> UserName {
    "-".parse().unwrap_or_else(|error| unreachable!("a name: {error}"))
}

async fn attempt(
    gate: &Gate,
    cluster: &Cluster,
    name: &UserName,
    password: Password,
    credentials: &Credentials,
) -> Result<Claims, Refusal> {
    let auth = cluster.auth().ok_or(AccessError::NoUsers)?;
    gate.attempt(name.as_str(), credentials.from)?;
    let user = auth.users().get(name);
    let hash = user.map_or_else(PasswordHash::decoy, |user| user.password.clone());
    let fits = gate.is_of(hash, password).await;
    if !matches!(fits, Ok(false)) {
        gate.take_back(name.as_str(), credentials.from);
    }
    let Some(user) = user.filter(|_| matches!(fits, Ok(true))) else {
        return Err(fits.err().unwrap_or_else(|| AccessError::WrongPassword.into()));
    };
    Ok(Claims::new(&cluster.id().to_string(), name.clone(), user.since, unix_seconds()))
}

/// `POST /login/renew`, with a token: the next one.
pub(crate) async fn renew(node: Arc<Node>, credentials: Option<Arc<Credentials>>) -> Answer {
    let gate = gate(&node)?;
    let claims = gate.claims(&*credentials.ok_or(AccessError::Missing)?).await?;
    let renewed = claims.renewed(unix_seconds()).ok_or(AccessError::SessionOver)?;
    token(gate, &node.clusters.present(), renewed).await
}

async fn token(gate: &Gate, cluster: &Cluster, claims: Claims) -> Answer {
    let auth = cluster.auth().ok_or(AccessError::NoUsers)?;
    let key = auth.keys().signer(unix_seconds()).ok_or(AccessError::NoUsers)?;
    let key = gate.opened(key).map_err(AccessError::Key)?;
    let expires_at = claims.exp;
    let token = spawn_blocking(move || key.sign(&claims)).await?.map_err(AccessError::Key)?;
    let mut response = json_reply(&json!({ "token": token, "expires_at": expires_at }));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
