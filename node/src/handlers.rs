//! What is answered, route by route. A handler gets the request's parts and the node,
//! and comes to a response or a [`Refusal`](crate::refusal::Refusal).

mod auth;
mod discovery;
mod explain;
mod join_tokens;
mod list;
mod plain;
mod read;
mod rep;
mod ring;
mod ring_change;
mod ring_status;
mod servers;
mod write;

use bytes::Bytes;
use http::HeaderValue;
use http::header::{CONTENT_TYPE, ETAG};
use ringway_replica::Version;
use serde::Serialize;
use warp::reply::Response;

pub(crate) use self::auth::{
    add_user, grant, jwks, login, remove_user, renew, rotate_key, set_password, users,
};
pub(crate) use self::discovery::discovery;
pub(crate) use self::explain::{explain, map_request};
pub(crate) use self::join_tokens::create_join_token;
pub(crate) use self::plain::{heartbeat, home, metrics};
pub(crate) use self::read::{ReadHeaders, read};
pub(crate) use self::rep::rep;
pub(crate) use self::ring::ring;
pub(crate) use self::ring_change::{cancel_change, change_ring, leave};
pub(crate) use self::ring_status::{plan_ring, ring_status, set_settings, settings};
pub(crate) use self::servers::{add_server, add_servers, remove_server, remove_servers, shut_down};
pub(crate) use self::write::{delete, put_body, put_query};

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// `body` as JSON.
fn json(body: &impl Serialize) -> Response {
    // Structs of strings and numbers: nothing in them can fail.
    let body = serde_json::to_vec(body).unwrap_or_else(|error| unreachable!("{error}"));
    bytes(JSON, body.into())
}

/// `body` as `content_type`.
fn bytes(content_type: HeaderValue, body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// "You have it already."
fn not_modified(etag: HeaderValue) -> Response {
    let mut response = Response::new(Bytes::new().into());
    *response.status_mut() = http::StatusCode::NOT_MODIFIED;
    response.headers_mut().insert(ETAG, etag);
    response
}

/// The `ETag` of the value that was written as `version`.
pub(crate) fn etag(version: Version) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\""))
        .unwrap_or_else(|error| unreachable!("a version is digits and dots: {error}"))
}

/// Whether `If-None-Match` names `etag`, by the weak comparison (RFC 9110 §13.1.2).
fn names_etag(if_none_match: &str, etag: &HeaderValue) -> bool {
    if_none_match.split(',').map(str::trim).any(|candidate| {
        candidate == "*" || candidate.strip_prefix("W/").unwrap_or(candidate) == etag
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_none_match_is_a_list_compared_weakly() {
        let etag = HeaderValue::from_static("\"7\"");
        for header in ["\"7\"", "*", "\"1\", \"7\"", "W/\"7\"", " \"7\" "] {
            assert!(names_etag(header, &etag), "{header}");
        }
        for header in ["", "7", "\"77\"", "w/\"7\"", "\"1\",\"2\""] {
            assert!(!names_etag(header, &etag), "{header}");
        }
    }
}
