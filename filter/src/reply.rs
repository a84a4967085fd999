//! What the edge answers by itself.

use ringway_ring::{NodeId, RequestId, TargetError, error_body};

/// A response that no node was asked for. Its body is JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// What `Allow` says, in a response that must have it (RFC 9110 §15.5.6).
    pub allow: Option<&'static str>,
    /// The JSON.
    pub body: String,
}

impl Reply {
    /// `id` is mapped to `server`.
    #[must_use]
    pub fn mapped(id: RequestId, server: &NodeId) -> Self {
        Self { status: 200, allow: None, body: id.reply(server) }
    }

    /// The target can't be read.
    #[must_use]
    pub fn refused(error: &TargetError) -> Self {
        Self { status: 400, allow: None, body: error.body() }
    }

    /// Only GET asks what an id is mapped to.
    #[must_use]
    pub fn only_get() -> Self {
        let error = "the method is not allowed here: use GET";
        let body = error_body(&error, "method_not_allowed");
        Self { status: 405, allow: Some("GET"), body }
    }
}
