//! Which server a request is about, for what is noted of it.

use std::sync::{Arc, OnceLock};

use ringway_ring::NodeId;
use serde::Deserialize;

/// Which server a request is about: by its name, or by the port on which clients reach it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamedServer {
    pub(crate) hostname: Option<NodeId>,
    pub(crate) port: Option<u16>,
}

impl NamedServer {
    /// Whether it is about none.
    pub(crate) fn is_nobody(&self) -> bool {
        self.hostname.is_none() && self.port.is_none()
    }
}

/// Where a handler puts down which server its request's body names. All clones of it are one.
#[derive(Clone, Debug, Default)]
pub(crate) struct NotedServer(Arc<OnceLock<NamedServer>>);

impl NotedServer {
    /// Puts `named` down, once.
    pub(crate) fn put(&self, named: &NamedServer) {
        // Nobody reads two bodies of one request.
        let _ = self.0.set(named.clone());
    }

    /// What was put down.
    pub(super) fn get(&self) -> Option<&NamedServer> {
        self.0.get()
    }
}
