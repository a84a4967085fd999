//! When the clients of a thread send.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use tokio::time::Instant;

use super::alarm::Alarm;
use crate::schedule::Schedule;

/// When the clients of a thread send, and until when.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    pub(super) begin: Instant,
    pub(super) duration: Option<Duration>,
    /// Of an open loop.
    pub(super) schedule: Option<Rc<RefCell<Schedule>>>,
    /// No more requests: the run was interrupted.
    pub(super) stop: Rc<Cell<bool>>,
}

impl Pace {
    /// When the client's next request is to start, which is now or past; none if it was the last.
    ///
    /// Whoever is free takes the next of the thread's intended starts and waits for it. So a
    /// request starts late only if all clients are busy.
    pub(super) async fn next(
        &self,
        left: &mut Option<u64>,
        alarm: Option<&Alarm>,
    ) -> Option<Instant> {
        let now = Instant::now();
        let over = self.duration.is_some_and(|duration| now >= self.begin + duration);
        if over || self.stop.get() {
            return None;
        }
        let (Some(schedule), Some(alarm)) = (&self.schedule, alarm) else {
            return match left {
                Some(0) => None,
                Some(left) => {
                    *left -= 1;
                    Some(now)
                }
                None => Some(now),
            };
        };
        let due = schedule.borrow_mut().next(self.duration)?;
        let due = self.begin + due;
        // An alarm that fails has no time to wait for; the request is sent early rather than
        // never, and counts from when it was due.
        let _ = alarm.until(due).await;
        (!self.stop.get()).then_some(due)
    }

    /// How many were due and not begun, after all clients have ended.
    pub(super) fn unsent(&self) -> u64 {
        let end = self.duration.filter(|_| !self.stop.get());
        self.schedule.as_ref().zip(end).map_or(0, |(schedule, end)| {
            schedule.borrow().clone().overdue(end.min(self.begin.elapsed()))
        })
    }
}
