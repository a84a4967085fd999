//! How many servers are asked for, and how they are called.

use std::collections::BTreeSet;

use ringway_ring::NodeId;
use serde::Deserialize;

use super::ServersError;

/// How many servers one request may be about: each is a process or a container.
const SERVERS_MAX: u64 = 64;

/// So many servers, of which some are named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(super) count: usize,
    /// No more than `count`, each another.
    pub(super) names: Vec<NodeId>,
}

/// `{"n": 2, "hostnames": ["a", "b"]}`, as it is sent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sent {
    n: u64,
    hostnames: Option<Vec<String>>,
}

impl Wanted {
    /// Reads the body of `/add` and `/rm`.
    ///
    /// # Errors
    /// When it isn't one, or contradicts itself.
    pub(crate) fn read(body: &[u8]) -> Result<Self, ServersError> {
        let Sent { n, hostnames } = serde_json::from_slice(body).map_err(ServersError::Body)?;
        let hostnames = hostnames.unwrap_or_default();
        if n == 0 || n > SERVERS_MAX {
            return Err(ServersError::Count { n, most: SERVERS_MAX });
        }
        let count = usize::try_from(n).unwrap_or(usize::MAX);
        if hostnames.len() > count {
            return Err(ServersError::TooManyNames { names: hostnames.len(), n });
        }
        let mut names: Vec<NodeId> = Vec::new();
        for hostname in hostnames {
            let name = hostname.parse()?;
            if names.contains(&name) {
                return Err(ServersError::NamedTwice { id: name });
            }
            names.push(name);
        }
        Ok(Self { count, names })
    }

    /// One server, called so, or however.
    pub(crate) fn one(name: Option<NodeId>) -> Self {
        Self { count: 1, names: name.into_iter().collect() }
    }

    /// How many are not named.
    pub(super) fn unnamed(&self) -> usize {
        self.count.saturating_sub(self.names.len())
    }

    pub(super) fn names(&self) -> BTreeSet<NodeId> {
        self.names.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> String {
        Wanted::read(body.as_bytes()).unwrap_err().code().to_owned()
    }

    #[test]
    fn names_are_as_many_as_there_are_or_fewer() {
        let wanted = Wanted::read(br#"{"n": 3, "hostnames": ["b", "a"]}"#).unwrap();
        assert_eq!((wanted.count, wanted.unnamed()), (3, 1));
        assert_eq!(wanted.names, ["b", "a"].map(|name| name.parse::<NodeId>().unwrap()));
        for body in
            [r#"{"n": 1}"#, r#"{"n": 1, "hostnames": null}"#, r#"{"n": 1, "hostnames": []}"#]
        {
            assert_eq!(Wanted::read(body.as_bytes()).unwrap(), Wanted::one(None), "{body}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for body in ["", "[]", "{}", r#"{"n": -1}"#, r#"{"n": 1, "hostname": "a"}"#, r#"{"n":"1"}"#]
        {
            assert_eq!(code(body), "bad_servers_request", "{body}");
        }
        assert_eq!(code(r#"{"n": 0}"#), "bad_count");
        assert_eq!(code(r#"{"n": 65}"#), "bad_count");
        assert_eq!(code(r#"{"n": 1, "hostnames": ["a", "b"]}"#), "too_many_hostnames");
        assert_eq!(code(r#"{"n": 1, "hostnames": ["a b"]}"#), "bad_hostname");
        assert_eq!(code(r#"{"n": 2, "hostnames": ["a", "a"]}"#), "bad_hostname");
    }
}
