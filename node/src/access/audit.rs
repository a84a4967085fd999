//! What is noted of logins, refusals and what admins do.

use std::net::IpAddr;

use ringway_ring::Epoch;

use super::Credentials;
use crate::metrics::MethodName;

/// The target of these lines, each of which is one JSON object.
pub(crate) const AUDIT: &str = "audit";

/// What is noted of one request: who, from where, and what. Neither tokens nor bodies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditRecord {
    who: Option<String>,
    from: IpAddr,
    what: String,
}

impl AuditRecord {
    /// Of a request, by `who` if that is known. Of its target the path alone: a query may hold
    /// a value, or a token.
    pub(crate) fn new(who: Option<&str>, credentials: &Credentials, method: MethodName) -> Self {
        let what = format!("{} {}", method.as_str(), credentials.path());
        Self { who: who.map(str::to_owned), from: credentials.from, what }
    }

    /// Notes how it ended, in which state of the cluster.
    pub(crate) fn note(&self, outcome: &str, epoch: Epoch) {
        let Self { who, from, what } = self;
        let who = who.as_deref();
        tracing::info!(target: AUDIT, who, %from, what, outcome, epoch = epoch.get());
    }
}
