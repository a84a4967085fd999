//! How much of everything a node takes before it refuses.

use std::time::Duration;

/// How fast a body comes on the average, once it had time to begin: slower than that is a client
/// that keeps a place for nothing.
pub(crate) const BODY_BYTES_PER_SECOND: u32 = 16 << 10;

/// The bounds of a node. Beyond each it answers at once, with a reason.
#[derive(Clone, Debug)]
pub struct Limits {
    /// The largest value, in bytes. Beyond: 413. Raising it costs memory for each
    /// request that carries one.
    pub value_bytes_max: u64,
    /// Bytes of large values in memory, over all requests. Beyond: 503. Never less
    /// than four values.
    pub body_bytes_in_flight_max: u64,
    /// Requests at work. Beyond: 503.
    pub requests_in_flight_max: usize,
    /// Logins under way, which anybody may send. Beyond: 503. They take no place of others, and
    /// others none of theirs. Far more than passwords are checked at once: so many must somebody
    /// keep up by sending slowly who wants to keep others out.
    pub logins_in_flight_max: usize,
    /// Long polls that wait. Beyond: 503. Each costs a connection and a few KiB.
    pub waiting_polls_max: usize,
    /// Connections. Beyond: 503, then closed.
    pub connections_max: usize,
    /// A connection on which no request is at work for this long, or up to twice as long,
    /// is closed, be it idle, slow to send a request's head or slow to take an answer.
    /// Lowering it makes the edge open its connections anew after quiet moments.
    pub head_timeout: Duration,
    /// A body of which nothing has come for this long is given up: 408.
    pub body_timeout: Duration,
    /// A body that takes longer than this, and a second more for each 16 KiB of it that have
    /// come, is given up: 408. Raising it lets who sends hardly anything keep a place for longer.
    pub body_time_max: Duration,
    /// The same of a login's body, which is small and comes from anybody.
    pub login_time_max: Duration,
    /// How long the holders of a key may take for a read, and all nodes for a listing: 503.
    /// Below the 2 s that the edge gives one attempt, so that it hears a reason and keeps
    /// its connection. Lowering it refuses reads that a slow majority would have answered.
    pub read_timeout: Duration,
    /// How long the holders of a key may take for a write: 503, which says whether it may
    /// have happened. Three attempts must fit into the 30 s that the edge gives a write,
    /// or it gives up without knowing. Lowering it leaves more outcomes unknown.
    pub write_timeout: Duration,
    /// How long who adds or removes servers waits for a change of the ring that is on its way:
    /// 409 after that. Below the 180 s that the edge gives such a request, so that it hears the
    /// reason, and that servers which were started for nothing are stopped before.
    pub ring_patience: Duration,
    /// How long a stopping node waits for requests in flight.
    pub shutdown_grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            value_bytes_max: 8 << 20,
            body_bytes_in_flight_max: 256 << 20,
            requests_in_flight_max: 1024,
            logins_in_flight_max: 4096,
            waiting_polls_max: 1024,
            connections_max: 8192,
            head_timeout: Duration::from_mins(1),
            body_timeout: Duration::from_secs(30),
            body_time_max: Duration::from_mins(1),
            login_time_max: Duration::from_secs(10),
            read_timeout: Duration::from_millis(1500),
            write_timeout: Duration::from_secs(5),
            ring_patience: Duration::from_secs(165),
            shutdown_grace: Duration::from_secs(8),
        }
    }
}

impl Limits {
    /// The bytes of [`Limits::body_bytes_in_flight_max`], and at least four values.
    #[must_use]
    pub fn body_budget(&self) -> usize {
        let bytes = self.body_bytes_in_flight_max.max(4 * self.value_bytes_max);
        usize::try_from(bytes).unwrap_or(usize::MAX >> 3).min(usize::MAX >> 3)
    }
}
