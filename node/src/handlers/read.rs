//! Reading one value.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use ringway_replica::{Body, Operation, Outcome, Record};
use ringway_ring::{Key, RequestTarget};
use tokio::sync::OwnedSemaphorePermit;
use warp::reply::Response;

use super::list::list;
use super::{etag, names_etag, not_modified};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::Answer;

/// Longer values are counted against the node's budget until the client has taken them.
const UNCOUNTED_BYTES_MAX: usize = 1 << 20;
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// `GET | HEAD /kv/{key}`, `GET | HEAD /get?key=`, both with `consistency=one` too, and the
/// list at `/kv`.
///
/// What is rare is boxed, so that the common read's future is small to move about.
pub(crate) async fn read(
    node: Arc<Node>,
    target: RawTarget,
    is_head: bool,
    if_none_match: Option<String>,
) -> Answer {
    match RequestTarget::parse(&target.bytes())? {
        RequestTarget::Key(key) => {
            let operation = operation(&target)?;
            let record = read_record(&node, key.into_owned(), operation).await?;
            answer(&node, record, is_head, if_none_match.as_deref())
        }
        _ if target.path() == "/kv" => Box::pin(list(&node, &target)).await,
        _ => Err(Refusal::NoSuchRoute),
    }
}

fn operation(target: &RawTarget) -> Result<Operation, Refusal> {
    match target.parameter("consistency")?.as_deref() {
        None => Ok(Operation::Read),
        Some("one") => Ok(Operation::ReadOne),
        Some(_) => {
            let expected = "one, or left out for the last value written";
            Err(Refusal::Parameter { name: "consistency", expected })
        }
    }
}

async fn read_record(
    node: &Node,
    key: Key<'static>,
    operation: Operation,
) -> Result<Record, Refusal> {
    match node.replication.perform(key, operation, node.limits.read_timeout).await {
        Outcome::Found(record) => Ok(record),
        outcome => Err(outcome.into()),
    }
}

fn answer(node: &Node, record: Record, is_head: bool, if_none_match: Option<&str>) -> Answer {
    let etag = etag(record.written);
    let Body::Value(value) = record.body else { return Err(Refusal::NoSuchKey) };
    if if_none_match.is_some_and(|header| names_etag(header, &etag)) {
        return Ok(not_modified(etag));
    }
    let length = value.bytes.len();
    let body = if is_head { Bytes::new() } else { counted(node, value.bytes)? };
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type(value.content_type));
    headers.insert(ETAG, etag);
    if is_head {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    Ok(response)
}

/// `value`, with a part of the node's budget where it is large.
fn counted(node: &Node, value: Bytes) -> Result<Bytes, Refusal> {
    if value.len() <= UNCOUNTED_BYTES_MAX {
        return Ok(value);
    }
    let permits = u32::try_from(value.len()).unwrap_or(u32::MAX);
    let permit = Arc::clone(&node.body_budget)
        .try_acquire_many_owned(permits)
        .map_err(|_| Refusal::Overloaded { what: "too many large values are under way" })?;
    Ok(Bytes::from_owner(Counted { value, _permit: permit }))
}

/// A value that gives its part of the budget back once it is sent.
struct Counted {
    value: Bytes,
    _permit: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.value
    }
}

fn content_type(stored: Option<String>) -> HeaderValue {
    stored.map_or(OCTETS, |stored| {
        HeaderValue::from_maybe_shared(Bytes::from(stored)).unwrap_or(OCTETS)
    })
}
