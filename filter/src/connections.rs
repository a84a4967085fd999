//! How many connections each address has, and who may open another.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::num::NonZeroU32;

use serde::Deserialize;

/// The configuration of this plugin in Envoy's YAML, as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionLimit {
    /// How many connections of one address each of Envoy's workers holds at most. Of each, not
    /// of all: what VMs share outlives them, so the counts of one that died would stay.
    pub per_address: NonZeroU32,
}

impl ConnectionLimit {
    /// Reads the JSON.
    ///
    /// # Errors
    /// When it is not JSON, the field is missing, zero or no number, or another is there.
    pub fn from_json(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

/// The connections that are open, by who opened them.
///
/// As large as there are addresses connected, which Envoy bounds: nobody is remembered
/// after their last connection.
#[derive(Debug, Default)]
pub struct Connections {
    open: BTreeMap<IpAddr, u32>,
    refused: u64,
}

impl Connections {
    /// Counts another connection of `address`, unless there are `limit` of it already.
    pub fn admit(&mut self, address: IpAddr, limit: ConnectionLimit) -> bool {
        let open = self.open.entry(address).or_default();
        let is_admitted = *open < limit.per_address.get();
        if is_admitted {
            *open += 1;
        } else {
            self.refused += 1;
        }
        is_admitted
    }

    /// One that was admitted has ended.
    pub fn ended(&mut self, address: IpAddr) {
        if let Some(open) = self.open.get_mut(&address) {
            *open = open.saturating_sub(1);
            if *open == 0 {
                self.open.remove(&address);
            }
        }
    }

    /// How many were refused since the last call.
    pub fn take_refused(&mut self) -> u64 {
        std::mem::take(&mut self.refused)
    }
}

#[cfg(test)]
mod tests {
    use super::{ConnectionLimit, Connections};

    #[test]
    fn each_address_has_as_many_as_the_limit_says() {
        let limit = ConnectionLimit::from_json(br#"{"per_address":2}"#).unwrap();
        let (one, other) = ("10.0.0.1".parse().unwrap(), "2001:db8::1".parse().unwrap());
        let mut connections = Connections::default();
        let mut admit = |address| connections.admit(address, limit);
        assert_eq!([admit(one), admit(one), admit(one), admit(other)], [true, true, false, true]);
        assert_eq!([connections.take_refused(), connections.take_refused()], [1, 0]);

        connections.ended(one);
        assert!(connections.admit(one, limit));
        assert!(!connections.admit(one, limit));
    }

    #[test]
    fn who_has_left_is_forgotten() {
        let limit = ConnectionLimit::from_json(br#"{"per_address":9}"#).unwrap();
        let mut connections = Connections::default();
        for host in 0..100 {
            let address = [10, 0, 0, host].into();
            assert!(connections.admit(address, limit) && connections.admit(address, limit));
            connections.ended(address);
            connections.ended(address);
        }
        assert!(connections.open.is_empty());
    }

    #[test]
    fn no_limit_is_a_mistake() {
        for wrong in ["", "{}", r#"{"per_address":0}"#, r#"{"per_address":1,"x":1}"#] {
            assert!(ConnectionLimit::from_json(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
