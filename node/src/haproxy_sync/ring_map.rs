//! The ring as HAProxy looks it up.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use ringway_ring::{Epoch, View};

use super::slot::Slot;

/// How much of a map one command may carry. HAProxy 2.6 can spin, and end, over a payload of
/// more than its buffer of 16 KB.
const PAYLOAD_BYTES_MAX: usize = 12 << 10;
/// As many as HAProxy has attempts.
const HOLDERS: usize = 3;

/// The ring as HAProxy looks it up: all in one map, so that one swap replaces all of it. Its
/// entries are described in `haproxy/haproxy.cfg`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RingMap(BTreeMap<String, String>);

impl RingMap {
    /// The map of `view`, whose nodes are at `slots`, by their addresses.
    pub(super) fn of(view: &View, slots: &BTreeMap<SocketAddr, Slot>) -> Self {
        let mut map = BTreeMap::new();
        let partitions = view.assignment().partitions();
        map.insert("epoch".to_owned(), view.epoch().to_string());
        map.insert("mask".to_owned(), (partitions.get() - 1).to_string());
        for node in view.nodes() {
            let Some(slot) = slots.get(&node.address) else { continue };
            map.insert(format!("{slot}.id"), node.id.to_string());
            map.insert(format!("{slot}.ip"), node.address.ip().to_string());
            map.insert(format!("{slot}.port"), node.address.port().to_string());
        }
        for partition in partitions.iter() {
            let holders = view.route(partition).filter_map(|node| slots.get(&node.address));
            let holders: Vec<_> = holders.take(HOLDERS).map(Slot::to_string).collect();
            map.insert(partition.to_string(), holders.join(":"));
        }
        Self(map)
    }

    /// The map that `lines` of `key value` make up.
    pub(super) fn parse<'l>(lines: impl Iterator<Item = &'l str>) -> Self {
        let entries = lines.filter_map(|line| line.split_once(' '));
        Self(entries.map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
    }

    /// Which ring it is of, if of any.
    pub(super) fn epoch(&self) -> Option<Epoch> {
        self.0.get("epoch")?.parse().ok().map(Epoch::new)
    }

    /// The node that it has at `slot`.
    pub(super) fn address(&self, slot: Slot) -> Option<SocketAddr> {
        let ip = self.0.get(&format!("{slot}.ip"))?.parse().ok()?;
        let port = self.0.get(&format!("{slot}.port"))?.parse().ok()?;
        Some(SocketAddr::new(ip, port))
    }

    /// As a file.
    pub(super) fn to_text(&self) -> String {
        self.lines().collect()
    }

    /// As payloads of commands, each no longer than a command may be.
    pub(super) fn payloads(&self) -> Vec<String> {
        let mut payloads = vec![String::new()];
        for line in self.lines() {
            match payloads.last_mut() {
                Some(last) if last.len() + line.len() <= PAYLOAD_BYTES_MAX => last.push_str(&line),
                _ => payloads.push(line),
            }
        }
        payloads
    }

    fn lines(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|(key, value)| format!("{key} {value}\n"))
    }
}
