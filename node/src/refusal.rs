//! Every answer that isn't what was asked for: the right status and a JSON that says why.

use std::net::SocketAddr;

use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, StatusCode};
use ringway_ring::{BadEscape, NodeId, TargetError, error_body};
use serde::Serialize;
use thiserror::Error;
use warp::Reply;
use warp::reply::Response;

use crate::other_nodes::AskError;
use crate::store::{ReadBlobError, StoreError};

/// Says of a refused write whether it may still take effect.
const OUTCOME: HeaderName = HeaderName::from_static("x-ringway-outcome");

/// Why a request is not done. What it says of a write is final: nothing was stored,
/// unless its `x-ringway-outcome` is `unknown`.
#[derive(Debug, Error)]
pub enum Refusal {
    /// The target names no key or id.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// A parameter of the query isn't what it must be.
    #[error("{name} must be {expected}")]
    Parameter {
        /// Which parameter.
        name: &'static str,
        /// What it must be.
        expected: &'static str,
    },
    /// `/put` without a value.
    #[error("the query has no value: write &value=")]
    ValueMissing,
    /// A parameter that is badly escaped.
    #[error("the value has a '%' that two hexadecimal digits don't follow")]
    BadEscape(#[from] BadEscape),
    /// A value that is no text.
    #[error("the value is not UTF-8: send it as the body of PUT /kv/{{key}}")]
    ValueNotText,
    /// A discovery request that isn't one.
    #[error("the body is no discovery request: {0}")]
    Discovery(#[source] serde_json::Error),
    /// Another node stores the key.
    #[error("{owner} at {address} stores this key")]
    NotTheOwner {
        /// Who.
        owner: NodeId,
        /// Where it answers.
        address: SocketAddr,
    },
    /// Another node, which is needed for the whole answer, doesn't answer.
    #[error("{node} is needed for the whole answer, and did not give it: {source}")]
    NodeUnreachable {
        /// Who.
        node: NodeId,
        /// What it did instead.
        source: AskError,
    },
    /// Nothing is stored under the key.
    #[error("nothing is stored under this key")]
    NoSuchKey,
    /// There is nothing at this path.
    #[error("there is nothing at this path")]
    NoSuchRoute,
    /// The path is there, the method isn't.
    #[error("this path takes {allow}")]
    MethodNotAllowed {
        /// The methods that are.
        allow: &'static str,
    },
    /// The body is longer than a value may be.
    #[error("the body is longer than {limit} bytes")]
    TooLarge {
        /// The longest that is taken.
        limit: u64,
        /// Whether the client still holds the body back, so that the connection can't
        /// be used for another request.
        must_close: bool,
    },
    /// The body broke off.
    #[error("the body ended before it was complete; nothing was stored")]
    BodyIncomplete,
    /// Nothing came for too long.
    #[error("the rest of the body did not come in time; nothing was stored")]
    BodyTimeout,
    /// A bound is reached.
    #[error("this node is overloaded: {what}")]
    Overloaded {
        /// Which bound.
        what: &'static str,
    },
    /// The store did not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A large value can't be read.
    #[error(transparent)]
    ReadBlob(#[from] ReadBlobError),
    /// A task of this node died.
    #[error("this request failed inside the node: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl Refusal {
    /// The status that says it to HTTP.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Target(_)
            | Self::Parameter { .. }
            | Self::ValueMissing
            | Self::BadEscape(_)
            | Self::ValueNotText
            | Self::Discovery(_)
            | Self::BodyIncomplete => StatusCode::BAD_REQUEST,
            Self::NotTheOwner { .. } => StatusCode::MISDIRECTED_REQUEST,
            Self::NoSuchKey | Self::NoSuchRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Overloaded { .. } | Self::NodeUnreachable { .. } => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::Store(error) => match error {
                StoreError::Read(_) | StoreError::Record(_) => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::SERVICE_UNAVAILABLE,
            },
            Self::ReadBlob(_) | Self::Task(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The stable name of this refusal, the `code` of its body.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Target(error) => error.code(),
            Self::Parameter { .. } => "bad_query",
            Self::ValueMissing => "value_missing",
            Self::BadEscape(_) => "bad_escape",
            Self::ValueNotText => "invalid_utf8",
            Self::Discovery(_) => "bad_discovery_request",
            Self::NotTheOwner { .. } => "not_the_owner",
            Self::NodeUnreachable { .. } => "node_unreachable",
            Self::NoSuchKey => "no_such_key",
            Self::NoSuchRoute => "no_such_route",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::TooLarge { .. } => "value_too_large",
            Self::BodyIncomplete => "body_incomplete",
            Self::BodyTimeout => "body_timeout",
            Self::Overloaded { .. } | Self::Store(StoreError::Overloaded) => "overloaded",
            Self::Store(StoreError::Closed) => "stopping",
            Self::Store(_) | Self::ReadBlob(_) => "storage_failed",
            Self::Task(_) => "internal",
        }
    }

    fn body(&self) -> String {
        match self {
            Self::Target(error) => error.body(),
            Self::NotTheOwner { owner, address } => misdirected(self, owner, *address),
            _ => error_body(self, self.code()),
        }
    }

    fn outcome(&self) -> Option<&'static str> {
        match self {
            Self::Overloaded { .. } => Some("not-applied"),
            Self::Store(error) => match error {
                StoreError::Overloaded | StoreError::Closed | StoreError::Disk(_) => {
                    Some("not-applied")
                }
                StoreError::Failed(_) | StoreError::Unanswered => Some("unknown"),
                StoreError::Read(_) | StoreError::Record(_) => None,
            },
            _ => None,
        }
    }
}

/// The refusal of a request for a key that `owner` stores.
fn misdirected(refusal: &Refusal, owner: &NodeId, address: SocketAddr) -> String {
    #[derive(Serialize)]
    struct Body<'b> {
        error: String,
        code: &'b str,
        owner: &'b NodeId,
        address: SocketAddr,
    }
    let body = Body { error: refusal.to_string(), code: refusal.code(), owner, address };
    serde_json::to_string(&body).unwrap_or_else(|error| unreachable!("{error}"))
}

impl Reply for Refusal {
    fn into_response(self) -> Response {
        if self.status().is_server_error() {
            tracing::warn!(code = self.code(), error = %self, "refused");
        }
        let mut response = Response::new(self.body().into());
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Self::MethodNotAllowed { allow } = self {
            headers.insert(ALLOW, HeaderValue::from_static(allow));
        }
        if let Self::TooLarge { must_close: true, .. } = self {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Some(outcome) = self.outcome() {
            headers.insert(OUTCOME, HeaderValue::from_static(outcome));
        }
        response
    }
}
