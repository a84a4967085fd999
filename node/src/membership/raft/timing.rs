//! How long consensus waits for what. None of it matters to correctness.

use std::time::Duration;

use openraft::{Config, SnapshotPolicy};

use super::types::Number;

/// How often a leader says that it is there, and how long it waits for an answer.
const HEARTBEAT_MS: u64 = 150;
/// A follower stands for election after silence of this and a bit, twice: openraft first lets
/// the old leader's lease run out. So between 0.9 and 1.6 seconds after the leader died there
/// is a candidate.
const ELECTION_MIN_MS: u64 = 450;
/// Windows of the election time-out that don't overlap, so that votes seldom split.
const WINDOWS: u64 = 8;
const WINDOW_MS: u64 = 30;
/// A snapshot is a few hundred KiB, perhaps over a slow link.
const SNAPSHOT_MS: u64 = 10_000;
/// Entries since the last snapshot at which the next is made, and kept behind it, for those
/// that are a little behind.
const LOG_ENTRIES: u64 = 256;

/// A leader that has not heard of a majority for so long is not taken for one.
pub(super) const LEASE: Duration = Duration::from_secs(1);
/// How long a command may take, an election included.
pub(super) const PROPOSAL: Duration = Duration::from_secs(5);
/// How long a change of the voters may take before it is looked at anew.
pub(super) const VOTER_CHANGE: Duration = Duration::from_secs(10);
/// How long a voter may be down before another takes its place.
pub(super) const VOTER_LOST: Duration = Duration::from_secs(30);
/// How often the leader looks whether the voters should be others.
pub(super) const VOTERS_TICK: Duration = Duration::from_millis(250);
/// How long after an unreachable peer it is tried again.
pub(super) const RETRY: Duration = Duration::from_millis(100);

/// openraft's configuration for node `number`.
pub(super) fn config(number: Number) -> Config {
    let window = number % WINDOWS;
    let election_timeout_min = ELECTION_MIN_MS + window * WINDOW_MS;
    Config {
        cluster_name: "ringway".to_owned(),
        heartbeat_interval: HEARTBEAT_MS,
        election_timeout_min,
        election_timeout_max: election_timeout_min + WINDOW_MS,
        install_snapshot_timeout: SNAPSHOT_MS,
        snapshot_policy: SnapshotPolicy::LogsSinceLast(LOG_ENTRIES),
        max_in_snapshot_log_to_keep: LOG_ENTRIES,
        replication_lag_threshold: 2 * LOG_ENTRIES,
        ..Config::default()
    }
}
