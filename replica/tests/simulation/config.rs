//! How the simulated replicas are set.

use ringway_replica::Config;

/// Waits that are short against the faults, so that a second is a long time.
pub(crate) fn quick() -> Config {
    Config {
        retry_ms: 30,
        patience_ms: 80,
        backoff_ms: 10,
        handover_ms: 150,
        anti_entropy_ms: 60,
        sweep_ms: 60,
        disk_pause_ms: 100,
        requests: 64,
        unsynced: 256,
        unsynced_bytes: 512,
        handoff_bytes_per_second: None,
        sessions: 2,
        batch: 4,
        batch_bytes: 8,
        clear_batch: 4,
        graves: 8,
        // For some of the keys too little.
        known_keys_bytes: 64,
    }
}
