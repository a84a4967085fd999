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

#[cfg(test)]
impl AuditRecord {
    /// Makes sure that who begins to listen for these lines hears them, and has to come before
    /// that, and before anything is noted. Else one thread may note the first line of all while
    /// another begins to listen, and the one be unheard of by the other for good: tracing asks who
    /// is there for a place in the code before those who come can find that place.
    pub(crate) fn make_known() {
        static KNOWN: std::sync::Once = std::sync::Once::new();
        KNOWN.call_once(|| {
            let from = IpAddr::from([127, 0, 0, 1]);
            let (what, named) = ("GET /heartbeat".to_owned(), NamedServer::default());
            let listener = tracing_subscriber::fmt().with_writer(std::io::sink).finish();
            let first = Self { who: None, from, what, named };
            tracing::subscriber::with_default(listener, || first.note("done", Epoch::FIRST));
        });
    }
}
