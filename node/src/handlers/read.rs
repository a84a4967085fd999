//! Reading one value.

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderValue;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use ringway_ring::{Key, RequestTarget};
use tokio::sync::OwnedSemaphorePermit;
use warp::reply::Response;

use super::list::list;
use super::{names_etag, not_modified};
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::store::{BlobReference, ReadBlobError, Record, StoredValue, Version};

/// How often a large value is looked up again that was replaced while it was opened.
const ATTEMPTS: usize = 5;

/// `GET | HEAD /kv/{key}`, `GET | HEAD /get?key=`, and the list at `/kv`.
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
            node.check_owner(&node.views.present(), &key)?;
            read_value(&node, &key, is_head, if_none_match.as_deref()).await
        }
        _ if target.path() == "/kv" => Box::pin(list(&node, &target)).await,
        _ => Err(Refusal::NoSuchRoute),
    }
}

async fn read_value(
    node: &Node,
    key: &Key<'_>,
    is_head: bool,
    if_none_match: Option<&str>,
) -> Answer {
    let mut gone = None;
    for _ in 0..ATTEMPTS {
        let record = node.store.get(key)?.ok_or(Refusal::NoSuchKey)?;
        let etag = etag(record.version);
        if if_none_match.is_some_and(|header| names_etag(header, &etag)) {
            return Ok(not_modified(etag));
        }
        let length = record.value.length();
        let body = match &record.value {
            _ if is_head => Bytes::new(),
            StoredValue::Inline(value) => value.clone(),
            StoredValue::Blob(reference) => match Box::pin(read_blob(node, *reference)).await? {
                Ok(value) => value,
                Err(error) => {
                    gone = Some(error);
                    continue;
                }
            },
        };
        let mut response = Response::new(body.into());
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, content_type(&record));
        headers.insert(ETAG, etag);
        if is_head {
            headers.insert(CONTENT_LENGTH, length.into());
        }
        return Ok(response);
    }
    Err(gone.map_or(Refusal::NoSuchKey, Refusal::ReadBlob))
}

/// Reads a large value within the node's budget. The inner error: it was replaced.
async fn read_blob(
    node: &Node,
    reference: BlobReference,
) -> Result<Result<Bytes, ReadBlobError>, Refusal> {
    let permits = u32::try_from(reference.length).unwrap_or(u32::MAX);
    let permit = Arc::clone(&node.body_budget)
        .try_acquire_many_owned(permits)
        .map_err(|_| Refusal::Overloaded { what: "too many large values are under way" })?;
    match node.store.read_blob(reference).await {
        Ok(value) => Ok(Ok(Bytes::from_owner(Permitted { value, _permit: permit }))),
        Err(error @ ReadBlobError::Gone { .. }) => Ok(Err(error)),
        Err(error) => Err(error.into()),
    }
}

/// A value that gives its part of the budget back once it is sent.
struct Permitted {
    value: Bytes,
    _permit: OwnedSemaphorePermit,
}

impl AsRef<[u8]> for Permitted {
    fn as_ref(&self) -> &[u8] {
        &self.value
    }
}

fn content_type(record: &Record) -> HeaderValue {
    if record.content_type.is_empty() {
        return HeaderValue::from_static("application/octet-stream");
    }
    HeaderValue::from_maybe_shared(record.content_type.clone())
        .unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

pub(super) fn etag(version: Version) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\""))
        .unwrap_or_else(|error| unreachable!("a version is digits: {error}"))
}
