//! How long to wait, and how much to hold.

/// How long to wait before doing something again, and how much to hold at once. No value
/// can make the protocol wrong, only slow, chatty or greedy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// After how long an unanswered message to a peer is sent again. Lower: a lost message
    /// costs less time; a slow peer gets more of them. Some round trips; default 100.
    pub retry_ms: u64,
    /// How long a leader that doesn't answer a forwarded request is trusted, and how long it
    /// is then distrusted. Lower: faster failover when a leader hangs; more needless ones.
    /// Default 500.
    pub patience_ms: u64,
    /// The longest random pause between two attempts of this node to lead one partition, at
    /// first; it doubles up to 32 times. Default 50.
    pub backoff_ms: u64,
    /// How long a leader tries to finish what is in flight before a handover. Default 1000.
    pub handover_ms: u64,
    /// How often to compare digests with a peer. Default 1000.
    pub anti_entropy_ms: u64,
    /// How often to look for tombstones and expired values. Default 1000.
    pub sweep_ms: u64,
    /// How long a node whose disk refused a store doesn't try to lead. Default 1000.
    pub disk_pause_ms: u64,
    /// The most requests held at once, together with the records in flight whose client has
    /// been answered already; more are refused as overloaded. Default 4096.
    pub requests: usize,
    /// The most answers that wait for the disk; messages beyond are dropped, and the peers
    /// send them again. Default 16384.
    pub unsynced: usize,
    /// How many bytes of values may be on their way to the disk before records that peers send
    /// are dropped, to be sent again or copied later, and new values refused as overloaded.
    /// Default 64 MiB.
    pub unsynced_bytes: usize,
    /// How many bytes of values are copied in a second, on average, of partitions that move;
    /// none for as many as the disk takes. Lower: clients notice less of a move; it takes
    /// longer. Default none.
    pub handoff_bytes_per_second: Option<u64>,
    /// The most partitions that are repaired at once. Default 8.
    pub sessions: usize,
    /// The most keys, records or partitions in one message of anti-entropy, and the most
    /// records that one step of a scan looks at. Default 256.
    pub batch: usize,
    /// How many bytes of values one message of anti-entropy may hold, if it holds more than
    /// one. Higher: fewer messages; requests wait longer while one is read. Default 256 KiB.
    pub batch_bytes: usize,
    /// The most records removed at one tick of partitions that the node holds no more. Higher:
    /// room is made sooner; requests wait longer meanwhile. Default 16.
    pub clear_batch: usize,
    /// The most tombstones of a partition whose removal is under way. Default 256.
    pub graves: usize,
    /// How much memory, none of it touched before there are keys, to spend on knowing which
    /// keys are new. Ten bits a key will do; less: more look-ups in vain. Default 4 MiB, for
    /// three million keys.
    pub known_keys_bytes: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            retry_ms: 100,
            patience_ms: 500,
            backoff_ms: 50,
            handover_ms: 1000,
            anti_entropy_ms: 1000,
            sweep_ms: 1000,
            disk_pause_ms: 1000,
            requests: 4096,
            unsynced: 16_384,
            unsynced_bytes: 64 << 20,
            handoff_bytes_per_second: None,
            sessions: 8,
            batch: 256,
            batch_bytes: 256 << 10,
            clear_batch: 16,
            graves: 256,
            known_keys_bytes: 4 << 20,
        }
    }
}
