//! How much the peer transport holds, and how long it waits.

use std::time::Duration;

/// Room beside a value: for versions, key and content type, and for the largest message
/// without a value, which asks for the promises of 65,536 partitions (under 2 MiB).
const MARGIN_BYTES: usize = 4 << 20;
const QUEUE_BYTES_MIN: usize = 32 << 20;

/// The bounds of the peer transport. All nodes of a cluster should have the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerLimits {
    /// The longest message, in bytes. A longer one is not sent; one that comes closes its
    /// connection.
    pub frame_bytes_max: usize,
    /// Messages that wait for one peer; more are dropped. As many as a busy node sends in
    /// [`PeerLimits::silence`], after which they are dropped anyway. Default 16,384: some
    /// 10 MiB of small ones.
    pub queue_messages_max: usize,
    /// Their bytes; more are dropped. Default 32 MiB, or four of the longest messages.
    /// Values are shared among the queues of all peers and the requests.
    pub queue_bytes_max: usize,
    /// How long a peer may say nothing, or read nothing of what was sent, until it counts
    /// as unreachable. Lower: a dead one is noticed earlier, a busy one lost more often. At
    /// least three heartbeats. Default 500 ms.
    pub silence: Duration,
    /// How often a node says that it is there, and how much it has read. Default 100 ms.
    pub heartbeat: Duration,
    /// How long connecting and greeting may take together. Default 2 s.
    pub greeting: Duration,
    /// Connections that have not proved that they know the secret; more are closed at once.
    /// Each costs some KiB, and is gone after [`PeerLimits::greeting`]. Default 64.
    pub greetings_max: usize,
    /// Questions to one peer whose answers are open; more are refused at once. Default 256.
    pub asks_max: usize,
    /// Questions of one peer at work here; to more the answer is at once that this node has
    /// too much to do. Default 64.
    pub asked_max: usize,
    /// Their bytes, likewise. At least [`PeerLimits::frame_bytes_max`], or a long question
    /// has no place ever. Default two of the longest messages.
    pub asked_bytes_max: usize,
    /// Nodes that want to join at one time; more are told to try again. Default 8.
    pub joins_max: usize,
    /// How long the cluster may take to say whether one may join; then it is told to try
    /// again. Default 10 s.
    pub join: Duration,
}

impl PeerLimits {
    /// The defaults, for values of up to `value_bytes_max` bytes.
    #[must_use]
    pub fn for_values(value_bytes_max: u64) -> Self {
        // A frame's length has four bytes.
        let value_bytes_max = u32::try_from(value_bytes_max).unwrap_or(u32::MAX) as usize;
        let frame_bytes_max = value_bytes_max.saturating_add(MARGIN_BYTES).min(u32::MAX as usize);
        Self {
            frame_bytes_max,
            queue_messages_max: 16_384,
            queue_bytes_max: frame_bytes_max.saturating_mul(4).max(QUEUE_BYTES_MIN),
            silence: Duration::from_millis(500),
            heartbeat: Duration::from_millis(100),
            greeting: Duration::from_secs(2),
            greetings_max: 64,
            asks_max: 256,
            asked_max: 64,
            asked_bytes_max: frame_bytes_max.saturating_mul(2),
            joins_max: 8,
            join: Duration::from_secs(10),
        }
    }
}
