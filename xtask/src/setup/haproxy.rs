//! HAProxy, the other edge.

use std::path::PathBuf;

use super::SetupError;
use super::debian_program::DebianProgram;

/// Before it, the configuration is not understood.
const OLDEST: (u32, u32) = (2, 6);

/// Finds HAProxy on the `PATH`, or takes it out of Debian's package where this is Debian.
///
/// # Errors
/// When neither is to be had.
pub async fn haproxy() -> Result<PathBuf, SetupError> {
    let program = DebianProgram {
        tool: "HAProxy",
        package: "haproxy",
        path: "usr/sbin/haproxy",
        // Where administrators' programs are is not on everybody's `PATH`.
        names: &["haproxy", "/usr/sbin/haproxy"],
        flag: "-v",
        is_wanted: |said| number(said).is_some_and(|version| version >= OLDEST),
        by_hand: "install HAProxy 2.6 or later, built with PCRE2, and put it on the PATH",
    };
    program.find().await
}

/// `HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/` is of 2.6.
fn number(said: &str) -> Option<(u32, u32)> {
    let version = said.split_once("version ")?.1;
    let mut numbers = version.split(['.', '-']).map_while(|number| number.parse().ok());
    Some((numbers.next()?, numbers.next()?))
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn the_version_is_read_from_what_it_says() {
        let said = "HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/\nStatus: …";
        assert_eq!(number(said), Some((2, 6)));
        assert_eq!(number("HAProxy version 3.0.11-1 2025"), Some((3, 0)));
        assert_eq!(number("HA-Proxy"), None);
    }
}
