//! How many files and sockets this process may have open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a node opens besides its clients' connections: the storage engine's tables and
/// journals, the files of large values, the connections with other nodes, and those of the admin
/// listener.
const RESERVED: u64 = 640;

/// So few connections are had however low the limit is; then accepting them may fail, and
/// goes on when others have ended.
const CONNECTIONS_MIN: usize = 64;

/// Raises the limit of this process as far as the system lets it, and tells how many of the
/// `wanted` connections it leaves. What a shell allows by default is for programs that have
/// few: a storage engine that can't open its own files ends the node.
pub(crate) fn connections_within_limit(wanted: usize) -> usize {
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, ..limit };
    let current = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => raised.current,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files could not be raised");
            limit.current
        }
    };
    let connections = connections_of(current, wanted);
    if connections < wanted {
        tracing::warn!(
            open_files = current,
            connections,
            wanted,
            "the limit of open files leaves fewer connections than wanted: raise it (ulimit -Hn)"
        );
    }
    connections
}

/// No limit is none to connections either.
fn connections_of(limit: Option<u64>, wanted: usize) -> usize {
    let left = limit.map_or(u64::MAX, |limit| limit.saturating_sub(RESERVED));
    usize::try_from(left).unwrap_or(usize::MAX).max(CONNECTIONS_MIN).min(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_what_the_limit_leaves() {
        assert_eq!(connections_of(None, 8192), 8192);
        assert_eq!(connections_of(Some(20_000), 8192), 8192);
        assert_eq!(connections_of(Some(1024), 8192), 384);
        assert_eq!(connections_of(Some(256), 8192), CONNECTIONS_MIN);
        assert_eq!(connections_of(Some(256), 8), 8, "never more than wanted");
    }
}
