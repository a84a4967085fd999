//! Reading one value.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use http::{HeaderName, HeaderValue};
use ringway_client::ReprDigest;
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
/// When the value expires, in milliseconds since the beginning of 1970.
const EXPIRES_MS: HeaderName = HeaderName::from_static("x-ringway-expires-ms");
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// What the head of a request says of how it is to be answered.
pub(crate) struct ReadHeaders {
    /// Without the value itself.
    pub(crate) is_head: bool,
    /// Not where it is this version.
    pub(crate) if_none_match: Option<String>,
    /// With the value's digest.
    pub(crate) wants_digest: bool,
}

/// `GET | HEAD /kv/{key}`, `GET | HEAD /get?key=`, both with `consistency=one` too, and the
/// list at `/kv`.
///
/// What is rare is boxed, so that the common read's future is small to move about.
pub(crate) async fn read(node: Arc<Node>, target: RawTarget, asked: ReadHeaders) -> Answer {
    match RequestTarget::parse(&target.bytes())? {
        RequestTarget::Key(key) => {
            let operation = operation(&target)?;
            let record = read_record(&node, key.into_owned(), operation).await?;
            answer(&node, record, &asked)
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

fn answer(node: &Node, record: Record, asked: &ReadHeaders) -> Answer {
    let etag = etag(record.written);
    let Body::Value(value) = record.body else { return Err(Refusal::NoSuchKey) };
    let is_head = asked.is_head;
    if asked.if_none_match.as_ref().is_some_and(|header| names_etag(header, &etag)) {
        return Ok(not_modified(etag));
    }
    let length = value.bytes.len();
    let digest = asked.wants_digest.then(|| ReprDigest::of(&value.bytes).header_value());
    let body = if is_head { Bytes::new() } else { counted(node, value.bytes)? };
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, content_type(value.content_type));
    headers.insert(ETAG, etag);
    headers.extend(digest.map(|digest| (ReprDigest::HEADER, digest)));
    headers.extend(value.expires.map(|end| (EXPIRES_MS, end.get().into())));
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
