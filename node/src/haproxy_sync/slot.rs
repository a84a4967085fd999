//! A place for a node in HAProxy's configuration.

use std::fmt;
use std::str::FromStr;

/// How many there are in `haproxy/haproxy.cfg`.
pub(super) const SLOTS: u16 = 64;

/// The server `s1` to `s64` of HAProxy's backends. Which node is at which changes; that they
/// are there doesn't, since HAProxy can't track the health of servers that come and go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(u16);

impl Slot {
    /// All of them.
    pub(super) fn all() -> impl Iterator<Item = Self> {
        (1..=SLOTS).map(Self)
    }

    /// As it stands in the names of environment variables.
    pub(super) fn variable(self) -> String {
        format!("RINGWAY_S{}", self.0)
    }
}

impl fmt::Display for Slot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "s{}", self.0)
    }
}

/// The name of a server that is none of the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotASlot;

impl FromStr for Slot {
    type Err = NotASlot;

    fn from_str(text: &str) -> Result<Self, NotASlot> {
        let number = text.strip_prefix('s').and_then(|number| number.parse().ok());
        number.filter(|number| (1..=SLOTS).contains(number)).map(Self).ok_or(NotASlot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_read_as_they_are_written_and_nothing_else_is() {
        for slot in Slot::all() {
            assert_eq!(slot.to_string().parse(), Ok(slot));
        }
        for text in ["s0", "s65", "s", "1", "retry-second", "s1x", ""] {
            assert_eq!(text.parse::<Slot>(), Err(NotASlot), "{text}");
        }
    }

    #[test]
    fn both_backends_of_the_configuration_have_a_server_for_each() {
        let text = include_str!("../../../haproxy/haproxy.cfg");
        for backend in ["\nbackend reads ", "\nbackend writes "] {
            let section = text.split_once(backend).unwrap().1.split("\n\n").next().unwrap();
            let servers = section.lines().filter_map(|line| line.strip_prefix("  server s"));
            let found: Vec<_> = servers.map(|rest| rest.split(' ').next().unwrap()).collect();
            let slots: Vec<_> = (1..=SLOTS).map(|number| number.to_string()).collect();
            assert_eq!(found, slots, "{backend}");
        }
    }
}
