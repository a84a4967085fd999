//! What the edge answers by itself.

use ringway_ring::{NodeId, RequestId, TargetError, error_body};

/// What `/map_request` takes, as the nodes do.
const READS: &str = "GET, HEAD";

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

    /// An id is read, never written.
    #[must_use]
    pub fn only_reads() -> Self {
        let body = error_body(&format!("this path takes {READS}"), "method_not_allowed");
        Self { status: 405, allow: Some(READS), body }
    }
}
