//! Room for requests.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::limits::Limits;
use crate::metrics::RouteName;
use crate::refusal::Refusal;

/// Room for requests, apart by kind: those that may wait for long, and those that anybody may
/// send, take none of the others'.
pub(crate) struct Places {
    /// For requests at work.
    pub(crate) requests: Pool,
    /// For long polls that wait.
    pub(crate) polls: Pool,
    /// For logins, who needs no token.
    pub(crate) logins: Pool,
}

impl Places {
    /// As many as `limits` says.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            requests: Pool::new(limits.requests_in_flight_max),
            polls: Pool::new(limits.waiting_polls_max),
            logins: Pool::new(limits.logins_in_flight_max),
        }
    }

    /// One for a request for `route`, held until that is dropped. `/heartbeat` needs none: it
    /// does next to nothing, and says that the node is alive however busy it is.
    pub(crate) fn take(&self, route: RouteName) -> Result<Option<OwnedSemaphorePermit>, Refusal> {
        let pool = match route {
            RouteName::Heartbeat => return Ok(None),
            RouteName::Login => &self.logins,
            _ if route.waits() => &self.polls,
            _ => &self.requests,
        };
        let place = Arc::clone(&pool.free).try_acquire_owned();
        place.map(Some).map_err(|_| Refusal::Overloaded { what: "too many requests are at work" })
    }

    /// Returns once no request is at work, whether or not somebody waits for its answer still.
    /// Refuses those that come meanwhile.
    pub(crate) async fn all_free(&self) {
        for Pool { free, size } in [&self.requests, &self.polls, &self.logins] {
            // Nobody closes it.
            let _ = free.acquire_many(*size).await;
        }
    }
}

/// Places of one kind.
pub(crate) struct Pool {
    pub(crate) free: Arc<Semaphore>,
    pub(crate) size: u32,
}

impl Pool {
    fn new(size: usize) -> Self {
        let size = u32::try_from(size.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        Self { free: Arc::new(Semaphore::new(size as usize)), size }
    }
}
