//! Users come and go.

use std::collections::BTreeSet;
use std::sync::Arc;

use ringway_auth::{AuthCommand, Grant, Password, Role, UserName};
use serde::Deserialize;
use serde_json::json;

use super::super::json as json_reply;
use super::{USER_BYTES_MAX, agree, gate, read};
use crate::access::AccessError;
use crate::node::Node;
use crate::routes::{AdmittedBody, Answer};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewUser {
    password: String,
    role: Role,
    #[serde(default)]
    prefixes: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewGrant {
    role: Role,
    #[serde(default)]
    prefixes: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewPassword {
    password: String,
}

/// `GET /users`: who there is, and what each may do.
pub(crate) fn users(node: &Node) -> Answer {
    gate(node)?;
    let cluster = node.clusters.present();
    let users = cluster.auth().ok_or(AccessError::NoUsers)?.users();
    let user = |(name, user): (&UserName, &ringway_auth::User)| json!({ "name": name, "role": user.grant.role(), "prefixes": user.grant.prefixes() });
    Ok(json_reply(&json!({ "users": users.iter().map(user).collect::<Vec<_>>() })))
}

/// `PUT /users/{name}` `{"password", "role", "prefixes"?}`: a new user.
pub(crate) async fn add_user(node: Arc<Node>, user: UserName, body: AdmittedBody) -> Answer {
    let gate = gate(&node)?;
    let expected = r#"{"password": "", "role": "reader", "prefixes": []}"#;
    let NewUser { password, role, prefixes } = read(body, USER_BYTES_MAX, expected).await?;
    let grant = Grant::new(role, prefixes).map_err(AccessError::Grant)?;
    let password = gate.hash(Password::new(password).map_err(AccessError::Password)?).await?;
    agree(&node, AuthCommand::Add { user, password, grant }).await
}

/// `DELETE /users/{name}`: a user less.
pub(crate) async fn remove_user(node: Arc<Node>, user: UserName) -> Answer {
    gate(&node)?;
    agree(&node, AuthCommand::Remove { user }).await
}

/// `PUT /users/{name}/password` `{"password"}`: another password.
pub(crate) async fn set_password(node: Arc<Node>, user: UserName, body: AdmittedBody) -> Answer {
    let gate = gate(&node)?;
    let NewPassword { password } = read(body, USER_BYTES_MAX, r#"{"password": ""}"#).await?;
    let password = gate.hash(Password::new(password).map_err(AccessError::Password)?).await?;
    agree(&node, AuthCommand::Password { user, password }).await
}

/// `PUT /users/{name}/grant` `{"role", "prefixes"?}`: what the user may do from now on.
pub(crate) async fn grant(node: Arc<Node>, user: UserName, body: AdmittedBody) -> Answer {
    gate(&node)?;
    let expected = r#"{"role": "reader", "prefixes": []}"#;
    let NewGrant { role, prefixes } = read(body, USER_BYTES_MAX, expected).await?;
    let grant = Grant::new(role, prefixes).map_err(AccessError::Grant)?;
    agree(&node, AuthCommand::Grant { user, grant }).await
}
