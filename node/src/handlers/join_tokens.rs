//! Letting nodes join.

use std::sync::Arc;

use http::{HeaderValue, StatusCode, header::CACHE_CONTROL};
use serde::Deserialize;
use serde_json::json;

use super::ring_change::read;
use crate::join_token::JoinToken;
use crate::node::Node;
use crate::refusal::Refusal;
use crate::routes::{AdmittedBody, Answer};

/// How long a token may wait to be used, in seconds: a week.
const TTL_SECONDS_MAX: u64 = 7 * 24 * 3600;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewToken {
    ttl_seconds: u64,
}

/// `POST /join-tokens` `{"ttl_seconds": 3600}`: what lets one node join. Told once: the cluster
/// keeps only its SHA-256.
pub(crate) async fn create_join_token(node: Arc<Node>, body: AdmittedBody) -> Answer {
    let NewToken { ttl_seconds } = read(body).await?;
    if ttl_seconds == 0 || ttl_seconds > TTL_SECONDS_MAX {
        return Err(Refusal::TokenTtl { seconds: ttl_seconds, max: TTL_SECONDS_MAX });
    }
    let token = JoinToken::random().map_err(Refusal::Randomness)?;
    let ends = node.open_join_token(&token, ttl_seconds).await?;
    let mut response = super::json(&json!({ "token": token.reveal(), "expires_at": ends }));
    *response.status_mut() = StatusCode::CREATED;
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
