//! How long an answer is waited for.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use tokio::time::{Instant, Sleep};

/// How long an answer is waited for, with one timer for all requests of a client: it is wound
/// only when it has run down, which in a fast run is hardly ever.
#[derive(Debug)]
pub(super) struct Patience {
    limit: Duration,
    timer: Pin<Box<Sleep>>,
}

impl Patience {
    pub(super) fn new(limit: Duration) -> Self {
        Self { limit, timer: Box::pin(tokio::time::sleep(limit)) }
    }

    /// What `work`, begun at `start`, returns; `None` if it takes longer than the limit.
    pub(super) async fn wait<T>(
        &mut self,
        start: Instant,
        work: impl Future<Output = T>,
    ) -> Option<T> {
        let mut work = pin!(work);
        poll_fn(|context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
            while self.timer.as_mut().poll(context).is_ready() {
                let due = start + self.limit;
                if Instant::now() >= due {
                    return Poll::Ready(None);
                }
                // It ran for an earlier request.
                self.timer.as_mut().reset(due);
            }
            Poll::Pending
        })
        .await
    }
}
