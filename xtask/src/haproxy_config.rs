//! HAProxy's configuration for this machine, derived from the one that is deployed.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::{local_lines, repository};

/// The deployed configuration, relative to the repository.
const DEPLOYED: &str = "haproxy/haproxy.cfg";

/// The values on these lines, as they are deployed.
const LISTENER: &str = "0.0.0.0:80";
const TLS_LISTENER: &str = "0.0.0.0:443";
const STATS: &str = "${RINGWAY_STATS_HOST-127.0.0.1}:8404";
const DIRECTORY: &str = "/var/lib/ringway/";

/// What a local configuration has otherwise than the deployed one.
#[derive(Clone, Copy, Debug)]
pub struct Local<'a> {
    /// Where clients reach it, with TLS or without.
    pub listener: SocketAddr,
    /// Where it shows its statistics.
    pub stats: SocketAddr,
    /// Where its sockets are, and the files that `ringway haproxy-sync` writes.
    pub directory: &'a Path,
}

impl Local<'_> {
    /// Derives the configuration from `haproxy/haproxy.cfg`.
    ///
    /// # Errors
    /// When the file can't be read, or what is to be replaced in it is not there as it was.
    pub fn configuration(&self) -> Result<String, HaproxyConfigError> {
        let path = repository::root().join(DEPLOYED);
        let deployed = fs::read_to_string(&path);
        let deployed =
            deployed.map_err(|source| HaproxyConfigError::Unreadable { path, source })?;
        self.derive(&deployed)
    }

    fn derive(&self, deployed: &str) -> Result<String, HaproxyConfigError> {
        let values = [
            (STATS, self.stats.to_string()),
            (LISTENER, self.listener.to_string()),
            (TLS_LISTENER, self.listener.to_string()),
            (DIRECTORY, format!("{}/", self.directory.display())),
        ];
        let mut met = [0; 4];
        let derived = local_lines::derive(deployed, |text| {
            let mut found = values.iter().zip(&mut met);
            let found = found.find(|((value, _), _)| text.matches(value).count() == 1);
            let ((value, local), count) =
                found.ok_or_else(|| HaproxyConfigError::Unexpected(text.trim().to_owned()))?;
            *count += 1;
            Ok(vec![text.replace(value, local)])
        })?;
        match met {
            [1, 1, 1, directories] if directories > 0 => Ok(derived),
            _ => Err(HaproxyConfigError::Counts(met)),
        }
    }
}

/// Why no local configuration can be derived.
#[derive(Debug, Error)]
pub enum HaproxyConfigError {
    /// The deployed configuration can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// A marked line that holds nothing of what is replaced, or holds it once more.
    #[error("{DEPLOYED}: nobody knows what to put in place of the marked line {0:?}")]
    Unexpected(String),
    /// Values that marked lines hold too often or never.
    #[error(
        "{DEPLOYED}: {STATS}, {LISTENER}, {TLS_LISTENER} and {DIRECTORY} are on {0:?} lines marked \
         [local]"
    )]
    Counts([usize; 4]),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local_lines::MARK;

    fn deployed() -> String {
        fs::read_to_string(repository::root().join(DEPLOYED)).unwrap()
    }

    fn derive(deployed: &str) -> Result<String, HaproxyConfigError> {
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let directory = Path::new("/tmp/x");
        Local { listener: address(8001), stats: address(9001), directory }.derive(deployed)
    }

    #[test]
    fn only_the_marked_lines_differ_and_nothing_of_the_deployed_is_left() {
        let deployed = deployed();
        let derived = derive(&deployed).unwrap();
        for (before, after) in deployed.lines().zip(derived.lines()) {
            assert_eq!(before != after, before.ends_with(MARK), "{before}");
        }
        let rules = derived.lines().filter(|line| !line.trim_start().starts_with('#'));
        for rule in rules {
            assert!(!rule.contains(DIRECTORY) && !rule.ends_with(LISTENER), "{rule}");
        }
        assert!(derived.contains("  bind 127.0.0.1:8001\n"));
        assert!(derived.contains("  bind 127.0.0.1:8001 ssl crt "));
        assert!(derived.contains("  bind \"127.0.0.1:9001\"\n"));
        assert!(derived.contains("map(/tmp/x/ring.map,0)\n"));
    }

    #[test]
    fn a_configuration_that_has_changed_is_refused() {
        let deployed = deployed();
        let changed = deployed.replace(STATS, "something else");
        assert!(matches!(derive(&changed), Err(HaproxyConfigError::Unexpected(_))));
        let marked = deployed.lines().find(|line| line.contains(STATS)).unwrap();
        let unmarked = deployed.replace(marked, marked.strip_suffix(MARK).unwrap());
        assert!(matches!(derive(&unmarked), Err(HaproxyConfigError::Counts([0, 1, 1, _]))));
    }
}
