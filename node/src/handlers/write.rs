//! Storing and deleting one value.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::header::ETAG;
use http::{HeaderMap, StatusCode};
use ringway_client::ReprDigest;
use ringway_replica::{Condition, Operation, Outcome, Version};
use ringway_ring::{Key, RequestTarget, query_parameter};
use serde::Serialize;
use warp::reply::Response;

use super::{etag, json};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::{AdmittedBody, Answer};
use crate::write_condition::WriteCondition;

/// What `/put` stores is text: it came as a part of a URL.
const TEXT: &str = "text/plain; charset=utf-8";
/// A hundred years, in seconds: a value that is to live longer needs no end.
const TTL_SECONDS_MAX: u64 = 3_153_600_000;
/// How often `If-Match: *` is asked again because another write came between.
const ATTEMPTS: usize = 8;

#[derive(Serialize)]
struct Written<'w> {
    key: &'w str,
    version: String,
}

/// A value to be stored, and on which condition.
struct NewValue {
    bytes: Bytes,
    content_type: Option<String>,
    ttl_ms: Option<u64>,
    condition: WriteCondition,
}

/// `PUT /kv/{key}?ttl=`. A body that is not what `Repr-Digest` says is not stored.
pub(crate) async fn put_body(
    node: Arc<Node>,
    target: RawTarget,
    headers: HeaderMap,
    content_type: Option<String>,
    body: AdmittedBody,
) -> Answer {
    let (key, condition, ttl_ms) = asked(&target, &headers)?;
    let body = body.read(node.limits.value_bytes_max).await?;
    let bytes = body.into_bytes();
    if let Some(digest) = ReprDigest::read(&headers)?
        && digest != ReprDigest::of(&bytes)
    {
        return Err(Refusal::DigestMismatch);
    }
    let value = NewValue { bytes, content_type, ttl_ms, condition };
    put(&node, key, value).await
}

/// `PUT /put?key=&value=&ttl=`
pub(crate) async fn put_query(node: Arc<Node>, target: RawTarget, headers: HeaderMap) -> Answer {
    let (key, condition, ttl_ms) = asked(&target, &headers)?;
    let query = target.query.as_deref().unwrap_or_default();
    let value = query_parameter(query.as_bytes(), "value").ok_or(Refusal::ValueMissing)??;
    let value = String::from_utf8(value.into_owned()).map_err(|_| Refusal::ValueNotText)?;
    let limit = node.limits.value_bytes_max;
    if value.len() as u64 > limit {
        return Err(Refusal::TooLarge { limit, must_close: false });
    }
    let content_type = Some(TEXT.to_owned());
    put(&node, key, NewValue { bytes: value.into(), content_type, ttl_ms, condition }).await
}

/// `DELETE /kv/{key}`, `DELETE /del?key=`
pub(crate) async fn delete(node: Arc<Node>, target: RawTarget, headers: HeaderMap) -> Answer {
    let key = key(&target)?;
    let condition = WriteCondition::of_delete(&headers)?;
    let operation = |condition| Operation::Delete { condition };
    match perform(&node, &key, condition, operation).await? {
        Outcome::Deleted { version } => Ok(written(&key, version)),
        outcome => Err(outcome.into()),
    }
}

/// What a `PUT` asks for, apart from the value.
fn asked(
    target: &RawTarget,
    headers: &HeaderMap,
) -> Result<(Key<'static>, WriteCondition, Option<u64>), Refusal> {
    Ok((key(target)?, WriteCondition::of_put(headers)?, ttl_ms(target)?))
}

async fn put(node: &Node, key: Key<'static>, value: NewValue) -> Answer {
    let NewValue { bytes, content_type, ttl_ms, condition } = value;
    let operation = |condition| {
        let (bytes, content_type) = (bytes.clone(), content_type.clone());
        Operation::Put { bytes, content_type, ttl_ms, condition }
    };
    match perform(node, &key, condition, operation).await? {
        Outcome::Written { version, created } => {
            let mut response = written(&key, version);
            *response.status_mut() = if created { StatusCode::CREATED } else { StatusCode::OK };
            response.headers_mut().insert(ETAG, etag(version));
            Ok(response)
        }
        outcome => Err(outcome.into()),
    }
}

/// Does a write on `condition`. For [`WriteCondition::Present`] it goes on until the value
/// that is there when the write is decided is the one that it was asked to replace.
async fn perform(
    node: &Node,
    key: &Key<'static>,
    condition: WriteCondition,
    operation: impl Fn(Condition) -> Operation,
) -> Result<Outcome, Refusal> {
    let started = Instant::now();
    let mut asked = condition.first_asked();
    for _ in 0..ATTEMPTS {
        let left = node.limits.write_timeout.saturating_sub(started.elapsed());
        let outcome = node.replication.perform(key.clone(), operation(asked), left).await;
        match (condition, outcome) {
            (WriteCondition::Present, Outcome::ConditionFailed { current: Some(version) }) => {
                asked = Condition::Match(version);
            }
            (_, outcome) => return Ok(outcome),
        }
    }
    Err(Refusal::Contended)
}

fn written(key: &Key<'_>, version: Version) -> Response {
    json(&Written { key: key.as_str(), version: version.to_string() })
}

/// The key that `target` names.
fn key(target: &RawTarget) -> Result<Key<'static>, Refusal> {
    match RequestTarget::parse(&target.bytes())? {
        RequestTarget::Key(key) => Ok(key.into_owned()),
        _ if target.path() == "/kv" => Err(Refusal::MethodNotAllowed { allow: "GET, HEAD" }),
        _ => Err(Refusal::NoSuchRoute),
    }
}

/// How long the value is to live, in milliseconds.
fn ttl_ms(target: &RawTarget) -> Result<Option<u64>, Refusal> {
    match target.number("ttl")? {
        None => Ok(None),
        Some(seconds @ 1..=TTL_SECONDS_MAX) => Ok(Some(seconds * 1000)),
        Some(_) => {
            Err(Refusal::Parameter { name: "ttl", expected: "seconds, from 1 to 3153600000" })
        }
    }
}
