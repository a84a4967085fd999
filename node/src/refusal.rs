//! Every answer that isn't what was asked for: the right status and a JSON that says why.

use http::header::{ALLOW, CONNECTION, CONTENT_TYPE, ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use ringway_client::ReprDigestError;
use ringway_replica::{Outcome, Reason, Version};
use ringway_ring::{BadEscape, TargetError, error_body};
use thiserror::Error;
use warp::Reply;
use warp::reply::Response;

use crate::access::AccessError;
use crate::handlers::etag;
use crate::listing::ListingError;
use crate::membership::ProposeError;
use crate::servers::ServersError;
use crate::write_condition::ConditionError;

/// Says of a refused write whether it may still take effect.
const OUTCOME: HeaderName = HeaderName::from_static("x-ringway-outcome");

/// Why a request is not done. Nothing was stored, and nothing will be, unless its
/// `x-ringway-outcome` is `unknown`.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
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
    /// A change of the ring or of the cluster's settings that can't be read.
    #[error("the body is not what this path takes: {0}")]
    RingChange(#[source] serde_json::Error),
    /// A join token that nobody could use, or that would be good for too long.
    #[error("ttl_seconds {seconds} is not from 1 to {max}")]
    TokenTtl {
        /// What was asked for.
        seconds: u64,
        /// A week.
        max: u64,
    },
    /// The system has no randomness.
    #[error("no token could be drawn: {0}")]
    Randomness(getrandom::Error),
    /// The cluster doesn't do it, or can't.
    #[error(transparent)]
    Proposal(#[from] ProposeError),
    /// Somebody is not let in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Servers are not added, removed or ended.
    #[error(transparent)]
    Servers(#[from] ServersError),
    /// The digest of a value isn't understood.
    #[error(transparent)]
    Digest(#[from] ReprDigestError),
    /// The value came over otherwise than it was sent.
    #[error("the body is not what Repr-Digest says; nothing was stored")]
    DigestMismatch,
    /// The condition of a write isn't understood.
    #[error(transparent)]
    Condition(#[from] ConditionError),
    /// The condition of a write doesn't hold.
    #[error("the condition does not hold: {}", present(*.current))]
    ConditionFailed {
        /// The version that is there.
        current: Option<Version>,
    },
    /// The value changed each time before it could be replaced.
    #[error("others wrote this key too often meanwhile; nothing was stored")]
    Contended,
    /// A write that may have happened, may yet, or may not.
    #[error(
        "a majority of the key's holders did not confirm the write in time; whether it is stored is not known"
    )]
    Unknown,
    /// It certainly did not happen and never will.
    #[error("{}; nothing was done", sentence(*.0))]
    NotApplied(Reason),
    /// Too many nodes are missing for a listing that is surely complete.
    #[error(transparent)]
    Listing(#[from] ListingError),
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
    /// A holder's answer belongs to another question.
    #[error("the holders of this key gave an answer that does not fit the request")]
    Unfitting,
    /// A task of this node died.
    #[error("this request failed inside the node: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl Refusal {
    /// The status that says it to HTTP.
    #[must_use]
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Target(_)
            | Self::Parameter { .. }
            | Self::ValueMissing
            | Self::BadEscape(_)
            | Self::ValueNotText
            | Self::Discovery(_)
            | Self::RingChange(_)
            | Self::TokenTtl { .. }
            | Self::Condition(_)
            | Self::Digest(_)
            | Self::DigestMismatch
            | Self::BodyIncomplete => StatusCode::BAD_REQUEST,
            Self::Proposal(ProposeError::Refused(_)) => StatusCode::CONFLICT,
            Self::Access(error) => error.status(),
            Self::Servers(error) => error.status(),
            Self::ConditionFailed { .. } => StatusCode::PRECONDITION_FAILED,
            Self::NoSuchKey | Self::NoSuchRoute => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed { .. } => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::Overloaded { .. }
            | Self::Contended
            | Self::Unknown
            | Self::NotApplied(_)
            | Self::Proposal(_)
            | Self::Listing(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unfitting | Self::Task(_) | Self::Randomness(_) => {
                StatusCode::INTERNAL_SERVER_ERROR
            }
        }
    }

    /// The stable name of this refusal, the `code` of its body.
    #[must_use]
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Target(error) => error.code(),
            Self::Parameter { .. } => "bad_query",
            Self::ValueMissing => "value_missing",
            Self::BadEscape(_) => "bad_escape",
            Self::ValueNotText => "invalid_utf8",
            Self::Discovery(_) => "bad_discovery_request",
            Self::RingChange(_) => "bad_ring_change",
            Self::TokenTtl { .. } => "bad_ttl",
            Self::Randomness(_) => "no_randomness",
            Self::Proposal(ProposeError::Refused(_)) => "refused_by_the_cluster",
            Self::Proposal(ProposeError::NoLeader) => "no_consensus",
            Self::Access(error) => error.code(),
            Self::Servers(error) => error.code(),
            Self::Condition(_) => "bad_condition",
            Self::Digest(_) => "bad_digest",
            Self::DigestMismatch => "digest_mismatch",
            Self::ConditionFailed { .. } => "condition_failed",
            Self::Contended => "contended",
            Self::Unknown | Self::Proposal(ProposeError::Unknown { .. }) => "outcome_unknown",
            Self::NotApplied(reason) => code_of(*reason),
            Self::Listing(_) => "nodes_missing",
            Self::NoSuchKey => "no_such_key",
            Self::NoSuchRoute => "no_such_route",
            Self::MethodNotAllowed { .. } => "method_not_allowed",
            Self::TooLarge { .. } => "value_too_large",
            Self::BodyIncomplete => "body_incomplete",
            Self::BodyTimeout => "body_timeout",
            Self::Overloaded { .. } => "overloaded",
            Self::Unfitting | Self::Task(_) => "internal",
        }
    }

    fn body(&self) -> String {
        match self {
            Self::Target(error) => error.body(),
            _ => error_body(self, self.code()),
        }
    }

    /// What it says of a write. The edge sends one that was not applied to another node.
    fn outcome(&self) -> Option<&'static str> {
        match self {
            Self::Access(error) if error.status() != StatusCode::SERVICE_UNAVAILABLE => None,
            Self::Access(_)
            | Self::Overloaded { .. }
            | Self::Contended
            | Self::NotApplied(_)
            | Self::Proposal(ProposeError::NoLeader) => Some("not-applied"),
            Self::Unknown | Self::Unfitting | Self::Proposal(ProposeError::Unknown { .. }) => {
                Some("unknown")
            }
            _ => None,
        }
    }
}

/// An outcome that isn't what was hoped for.
impl From<Outcome> for Refusal {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::NotFound => Self::NoSuchKey,
            Outcome::ConditionFailed { current } => Self::ConditionFailed { current },
            Outcome::Unknown => Self::Unknown,
            Outcome::NotApplied(reason) => Self::NotApplied(reason),
            Outcome::Found(_) | Outcome::Written { .. } | Outcome::Deleted { .. } => {
                Self::Unfitting
            }
        }
    }
}

fn present(current: Option<Version>) -> String {
    current.map_or("nothing is stored under this key".into(), |version| {
        format!("the present version is {version}")
    })
}

fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::Timeout => "no majority of the key's holders answered in time",
        Reason::Overloaded => "too many requests for the key's partition wait",
        Reason::NotLeading => "it could not be found out in time which node leads the key",
        Reason::Disk => "the disk of the node that leads the key takes nothing more",
        Reason::Unreachable => "none of the key's holders can be reached",
    }
}

fn code_of(reason: Reason) -> &'static str {
    match reason {
        Reason::Timeout => "no_majority",
        Reason::Overloaded => "overloaded",
        Reason::NotLeading => "no_leader",
        Reason::Disk => "disk_refused",
        Reason::Unreachable => "holders_unreachable",
    }
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
        if let Self::ConditionFailed { current: Some(version) } = self {
            headers.insert(ETAG, etag(version));
        }
        // Not where the outcome is unknown: to send it again could do it twice.
        let is_safe_again = self.outcome() != Some("unknown");
        if is_safe_again && self.status() == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Self::Access(error) = &self {
            headers.extend(error.challenge().map(|value| (WWW_AUTHENTICATE, value)));
            headers.extend(error.retry_after().map(|value| (RETRY_AFTER, value)));
        }
        if let Self::Servers(error) = &self {
            headers.extend(error.retry_after().map(|value| (RETRY_AFTER, value)));
        }
        if let Some(outcome) = self.outcome() {
            headers.insert(OUTCOME, HeaderValue::from_static(outcome));
        }
        response
    }
}
