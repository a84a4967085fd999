//! Storing and deleting one value.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use http::header::ETAG;
use ringway_ring::{Key, RequestTarget, query_parameter};
use serde::Serialize;
use warp::reply::Response;

use super::json;
use super::read::etag;
use crate::body::IncomingBody;
use crate::node::Node;
use crate::raw_target::RawTarget;
use crate::refusal::Refusal;
use crate::routes::Answer;
use crate::store::Version;

/// What `/put` stores is text: it came as a part of a URL.
const TEXT: &str = "text/plain; charset=utf-8";

#[derive(Serialize)]
struct Written<'w> {
    key: &'w str,
    version: Version,
}

/// `PUT /kv/{key}`
pub(crate) async fn put_body(
    node: Arc<Node>,
    target: RawTarget,
    content_type: Option<String>,
    body: IncomingBody,
) -> Answer {
    let key = match own_key(&node, &target) {
        Ok(key) => key,
        Err(refusal) => {
            body.discard();
            return Err(refusal);
        }
    };
    let limits = &node.limits;
    let body = body.read(limits.value_bytes_max, limits, &node.body_budget).await?;
    // The permit is held until the value is stored.
    put(&node, key, content_type.unwrap_or_default().into(), body.bytes.clone()).await
}

/// `PUT /put?key=&value=`
pub(crate) async fn put_query(node: Arc<Node>, target: RawTarget) -> Answer {
    let key = own_key(&node, &target)?;
    let query = target.query.as_deref().unwrap_or_default();
    let value = query_parameter(query.as_bytes(), "value").ok_or(Refusal::ValueMissing)??;
    let value = String::from_utf8(value.into_owned()).map_err(|_| Refusal::ValueNotText)?;
    let limit = node.limits.value_bytes_max;
    if value.len() as u64 > limit {
        return Err(Refusal::TooLarge { limit, must_close: false });
    }
    put(&node, key, Bytes::from_static(TEXT.as_bytes()), value.into()).await
}

/// `DELETE /kv/{key}`, `DELETE /del?key=`
pub(crate) async fn delete(node: Arc<Node>, target: RawTarget) -> Answer {
    let key = own_key(&node, &target)?;
    let version = node.store.delete(key.clone()).await?.ok_or(Refusal::NoSuchKey)?;
    Ok(json(&Written { key: key.as_str(), version }))
}

async fn put(node: &Node, key: Key<'static>, content_type: Bytes, value: Bytes) -> Answer {
    let put = node.store.put(key.clone(), content_type, value).await?;
    let mut response: Response = json(&Written { key: key.as_str(), version: put.version });
    *response.status_mut() = if put.is_new { StatusCode::CREATED } else { StatusCode::OK };
    response.headers_mut().insert(ETAG, etag(put.version));
    Ok(response)
}

/// The key that `target` names, where this node stores it.
fn own_key(node: &Node, target: &RawTarget) -> Result<Key<'static>, Refusal> {
    match RequestTarget::parse(&target.bytes())? {
        RequestTarget::Key(key) => {
            node.check_owner(&node.views.present(), &key)?;
            Ok(key.into_owned())
        }
        _ if target.path() == "/kv" => Err(Refusal::MethodNotAllowed { allow: "GET, HEAD" }),
        _ => Err(Refusal::NoSuchRoute),
    }
}
