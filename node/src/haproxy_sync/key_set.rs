//! The keys by which HAProxy verifies tokens.

use ringway_auth::PublicKey;

/// How many keys HAProxy's configuration has slots for: as many as a cluster has at most.
pub(super) const KEYS_MAX: usize = 8;
/// What a slot without a key is called. No token can name it.
const NOBODY: &str = "-";

/// The keys by which HAProxy verifies tokens, as nodes tell of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeySet {
    /// Of the ring at the node that told of them: those of a higher one are news.
    pub(super) epoch: u64,
    /// One at least.
    pub(super) keys: Vec<PublicKey>,
}

impl KeySet {
    /// The ids, in the order of the slots.
    pub(super) fn ids(&self) -> Vec<&str> {
        self.newest().map(PublicKey::id).collect()
    }

    /// As many as there are slots.
    pub(super) fn newest(&self) -> impl Iterator<Item = &PublicKey> {
        self.keys.iter().skip(self.keys.len().saturating_sub(KEYS_MAX))
    }

    /// What HAProxy is told of them, before its configuration: that tokens are asked for, and of
    /// each slot the key's id and where that lies, by `path`. Every slot is written, since
    /// HAProxy's environment outlives a reload of it; one that is not in use must name a key too.
    pub(super) fn to_config(&self, path: impl Fn(&str) -> String) -> String {
        let ids = self.ids();
        let first = ids.first().copied().unwrap_or_default();
        let slots = (0..KEYS_MAX).map(|slot| {
            let id = ids.get(slot).copied();
            let (number, file) = (slot + 1, path(id.unwrap_or(first)));
            let id = id.unwrap_or(NOBODY);
            format!(
                "  setenv RINGWAY_KID_{number} {id}\n  setenv RINGWAY_KEY_{number} \"{file}\"\n"
            )
        });
        let head = "# Written by `ringway haproxy-sync`, which overwrites it.\nglobal\n  \
                    setenv RINGWAY_AUTH required\n";
        head.to_owned() + &slots.collect::<String>()
    }

    /// The ids in the environment that HAProxy shows to run with; nothing where it was not told of
    /// any.
    pub(super) fn ids_in(environment: &str) -> Option<Vec<&str>> {
        let of = |number: usize| {
            let name = format!("RINGWAY_KID_{number}=");
            environment.lines().find_map(|line| line.trim().strip_prefix(name.as_str()))
        };
        let ids = (1..=KEYS_MAX).map(of).collect::<Option<Vec<_>>>()?;
        Some(ids.into_iter().filter(|id| *id != NOBODY).collect())
    }
}

#[cfg(test)]
pub(super) fn key_set(epoch: u64, names: &[char]) -> KeySet {
    // Any modulus does, as long as it is odd and long enough.
    let modulus = format!("{}Q", "z".repeat(341));
    let key = |name: &char| {
        let id = name.to_string().repeat(43);
        format!(r#"{{"kid":"{id}","n":"{modulus}","e":"AQAB"}}"#)
    };
    let keys = names.iter().map(key).collect::<Vec<_>>().join(",");
    let keys = PublicKey::parse_set(format!(r#"{{"keys":[{keys}]}}"#).as_bytes()).unwrap();
    KeySet { epoch, keys }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_haproxy_is_told_it_runs_with() {
        for names in ["a", "ab", "abcdefgh", "xabcdefgh"] {
            let names: Vec<_> = names.chars().collect();
            let set = key_set(1, &names);
            let config = set.to_config(|id| format!("/keys/{id}.pem"));
            let environment = config.replace("  setenv ", "").replace(' ', "=");
            assert_eq!(KeySet::ids_in(&environment), Some(set.ids()), "{config}");
            assert_eq!(set.ids().len(), names.len().min(KEYS_MAX));
            assert!(set.ids().last().unwrap().starts_with(*names.last().unwrap()), "the newest");
            assert_eq!(config.matches(".pem\"\n").count(), KEYS_MAX, "each slot has a file");
        }
        assert_eq!(KeySet::ids_in("HOME=/root\nRINGWAY_S1=10.0.0.1:8080\n"), None);
    }
}
