//! Where a child process listens, and what it said there.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use super::super::LaunchError;

/// How many ports from the first on are tried.
const PORTS: u16 = 1000;
/// How much of a log's end is read for its last line.
const TAIL_BYTES: usize = 4096;

/// A port for clients from `first` on and one for nodes from `first_peer` on: none of those
/// in `taken`, and none that somebody else listens on.
pub(super) fn free_ports(
    first: u16,
    first_peer: u16,
    taken: &[u16],
) -> Result<(u16, u16), LaunchError> {
    let client = free_port(first, taken)?;
    let peer = free_port(first_peer, &[taken, &[client]].concat())?;
    Ok((client, peer))
}

fn free_port(first: u16, taken: &[u16]) -> Result<u16, LaunchError> {
    let last = first.saturating_add(PORTS - 1);
    let is_free = |port: &u16| {
        !taken.contains(port) && TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok()
    };
    (first..=last).find(is_free).ok_or(LaunchError::NoPort { first, last })
}

/// The last line of the log at `path`.
pub(super) fn log_tail(path: &Path) -> String {
    let log = std::fs::read(path).unwrap_or_default();
    let tail = log.get(log.len().saturating_sub(TAIL_BYTES)..).unwrap_or_default();
    let tail = String::from_utf8_lossy(tail);
    let last = tail.lines().rev().find(|line| !line.trim().is_empty());
    last.map_or_else(
        || "nothing".to_owned(),
        |line| line.trim_start_matches("ringway: ").to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_is_skipped() {
        let taken = TcpListener::bind("127.0.0.1:0").unwrap();
        let first = taken.local_addr().unwrap().port();
        let (client, peer) = free_ports(first, first, &[]).unwrap();
        assert!(client > first && peer > client, "{first} {client} {peer}");
        let (next, _) = free_ports(first, first, &[client]).unwrap();
        assert!(next > client);
    }

    #[test]
    fn that_all_ports_are_taken_is_said() {
        let refusal = free_ports(65_535, 1, &[65_535]).unwrap_err();
        assert_eq!(refusal.to_string(), "each of the ports 65535 to 65535 is in use");
        assert_eq!(refusal.code(), "port_taken");
    }

    #[test]
    fn the_last_line_of_a_log_is_the_sentence() {
        let log = tempfile::NamedTempFile::new().unwrap();
        assert_eq!(log_tail(log.path()), "nothing");
        std::fs::write(log.path(), "INFO up\nringway: no secret\n\n").unwrap();
        assert_eq!(log_tail(log.path()), "no secret");
    }
}
