//! What several nodes' pages come to.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ringway_replica::{Version, Wall};

use super::Listed;
use crate::peers::{KeyHead, KeysPage, PeerKey};

/// Pages of the same query from several nodes, merged: of each key what was accepted last.
#[derive(Debug, Default)]
pub(crate) struct KeyMerge {
    newest: BTreeMap<String, (Version, Option<KeyHead>)>,
    horizon: Option<String>,
}

/// The keys that are there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MergedKeys {
    /// In order, as far as the horizon.
    pub live: Vec<Listed>,
    /// Up to this key, itself included, every page was complete; nothing where all were to
    /// their ends. Behind it a key, or its newest record, may be missing.
    pub horizon: Option<String>,
}

impl KeyMerge {
    /// Takes in what one node holds. A page that isn't the node's last must have a key.
    pub(crate) fn add(&mut self, page: KeysPage) {
        if !page.is_last
            && let Some(last) = page.keys.last()
        {
            let is_nearer = self.horizon.as_ref().is_none_or(|horizon| last.key < *horizon);
            if is_nearer {
                self.horizon = Some(last.key.clone());
            }
        }
        for PeerKey { key, accepted, head } in page.keys {
            match self.newest.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert((accepted, head));
                }
                Entry::Occupied(mut entry) => {
                    if entry.get().0 < accepted {
                        entry.insert((accepted, head));
                    }
                }
            }
        }
    }

    /// What is there at `now`.
    pub(crate) fn finish(self, now: Wall) -> MergedKeys {
        let Self { newest, horizon } = self;
        let is_complete = |key: &String| horizon.as_ref().is_none_or(|horizon| key <= horizon);
        let complete = newest.into_iter().take_while(|(key, _)| is_complete(key));
        let live = complete.filter_map(|(key, (_, head))| {
            let head = head.filter(|head| head.expires.is_none_or(|expires| expires > now))?;
            Some(Listed { key, version: head.written.to_string(), bytes: head.bytes })
        });
        MergedKeys { live: live.collect(), horizon }
    }
}
