//! The body of a request that was let in.

use std::sync::Arc;

use crate::access::{Admission, NotedServer};
use crate::body::{IncomingBody, ReadBody};
use crate::metrics::RouteName;
use crate::node::Node;
use crate::refusal::Refusal;

/// The body of a request that was let in by what its head says. Handlers read no other.
pub(crate) struct AdmittedBody {
    node: Arc<Node>,
    route: RouteName,
    /// Nothing where nobody asks.
    admission: Option<Admission>,
    body: IncomingBody,
}

impl AdmittedBody {
    pub(super) fn new(
        node: &Arc<Node>,
        route: RouteName,
        admission: Option<&Admission>,
        body: IncomingBody,
    ) -> Self {
        Self { node: Arc::clone(node), route, admission: admission.cloned(), body }
    }

    /// Where it is put down which server the body names.
    pub(crate) fn noted(&self) -> NotedServer {
        self.admission.as_ref().map(Admission::noted).unwrap_or_default()
    }

    /// Reads it whole, and looks again at who sends it: a body takes its time, and its sender
    /// may have been removed meanwhile.
    ///
    /// # Errors
    /// When it is longer than `limit`, breaks off, stalls, takes too long, or there is no memory
    /// left for it, and when its sender would not be let in any more.
    pub(crate) async fn read(self, limit: u64) -> Result<ReadBody, Refusal> {
        let Self { node, route, admission, body } = self;
        let limits = &node.limits;
        let time_max = match route {
            RouteName::Login => limits.login_time_max,
            _ => limits.body_time_max,
        };
        let read = body.read(limit, limits.body_timeout, time_max, &node.body_budget).await?;
        if let (Some(gate), Some(admission)) = (&node.gate, &admission) {
            gate.check(admission)?;
        }
        Ok(read)
    }
}
