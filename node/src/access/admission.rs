//! What somebody was let in for.

use std::sync::Arc;

use ringway_auth::{Claims, Permission};

use super::{AuditRecord, Credentials, NotedServer};
use crate::metrics::{MethodName, RouteName};

/// What somebody was let in for, by which token.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    pub(super) claims: Arc<Claims>,
    pub(super) credentials: Arc<Credentials>,
    pub(super) needs: Permission,
    pub(super) route: RouteName,
    pub(super) method: MethodName,
    /// What its body names.
    pub(super) noted: NotedServer,
}

impl Admission {
    /// Whether what comes of it is noted, however it ends.
    pub(crate) fn is_noted(&self) -> bool {
        self.needs == Permission::Administer
    }

    /// What is noted of it.
    pub(crate) fn record(&self) -> AuditRecord {
        let who = Some(self.claims.sub.as_str());
        let named = self.noted.get().cloned();
        let named = named.unwrap_or_else(|| self.credentials.named_server(self.route));
        AuditRecord::new(who, &self.credentials, self.method).about(named)
    }

    /// Where its handler puts down which server its body names.
    pub(crate) fn noted(&self) -> NotedServer {
        self.noted.clone()
    }
}
