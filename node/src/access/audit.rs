//! What is noted of logins, refusals and what admins do.

use std::net::IpAddr;

use ringway_ring::{Epoch, NodeId};

use super::{Credentials, NamedServer};
use crate::metrics::MethodName;

/// The target of these lines, each of which is one JSON object.
pub(crate) const AUDIT: &str = "audit";

/// What is noted of one request: who, from where, and what. Neither tokens nor bodies, but which
/// server they name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditRecord {
    who: Option<String>,
    from: IpAddr,
    what: String,
    named: NamedServer,
}

impl AuditRecord {
    /// Of a request, by `who` if that is known. Of its target the path alone: a query may hold
    /// a value, or a token.
    pub(crate) fn new(who: Option<&str>, credentials: &Credentials, method: MethodName) -> Self {
        let what = format!("{} {}", method.as_str(), credentials.path());
        let named = NamedServer::default();
        Self { who: who.map(str::to_owned), from: credentials.from, what, named }
    }

    /// The same of a request that is about `named`.
    pub(super) fn about(self, named: NamedServer) -> Self {
        Self { named, ..self }
    }

    /// Notes how it ended, in which state of the cluster.
    pub(crate) fn note(&self, outcome: &str, epoch: Epoch) {
        let Self { who, from, what, named: NamedServer { hostname, port } } = self;
        let (who, hostname) = (who.as_deref(), hostname.as_ref().map(NodeId::as_str));
        let epoch = epoch.get();
        tracing::info!(target: AUDIT, who, %from, what, hostname, port, outcome, epoch);
    }
}
