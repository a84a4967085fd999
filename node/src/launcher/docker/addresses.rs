//! Fixed addresses, from a network's own.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::super::LaunchError;

/// The IPv4 addresses of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subnet {
    first: u32,
    /// How many of the leading bits all addresses have in common.
    prefix: u32,
}

impl Subnet {
    /// Reads `10.0.0.0/24`; nothing where `text` is no IPv4 subnet, or has no room.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (address, prefix) = text.split_once('/')?;
        let (address, prefix) = (address.parse::<Ipv4Addr>().ok()?, prefix.parse().ok()?);
        let mask = u32::MAX.checked_shl(32_u32.checked_sub(prefix)?).unwrap_or(0);
        (8..=29).contains(&prefix).then_some(Self { first: address.to_bits() & mask, prefix })
    }

    /// The lowest address of the upper half that is not among `taken`. The lower half is
    /// left to fixed addresses of others and to Docker, which counts from below: a container
    /// that is away for a while, and not to be seen, finds its address free.
    pub(super) fn free_address(self, taken: &BTreeSet<Ipv4Addr>) -> Result<Ipv4Addr, LaunchError> {
        let count = 1 << (32 - self.prefix);
        // The last one is for broadcasts.
        let mut upper_half = (self.first + count / 2..self.first + count - 1).map(Ipv4Addr::from);
        let free = upper_half.find(|address| !taken.contains(address));
        free.ok_or_else(|| LaunchError::NoAddress { subnet: self.to_string() })
    }
}

impl std::fmt::Display for Subnet {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{}", Ipv4Addr::from(self.first), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(addresses: &[&str]) -> BTreeSet<Ipv4Addr> {
        addresses.iter().map(|address| address.parse().unwrap()).collect()
    }

    #[test]
    fn the_first_free_address_of_the_upper_half_is_handed_out() {
        let subnet = Subnet::read("172.31.86.7/24").unwrap();
        assert_eq!(subnet.to_string(), "172.31.86.0/24");
        let free = |given: &[&str]| subnet.free_address(&taken(given)).unwrap().to_string();
        assert_eq!(free(&[]), "172.31.86.128");
        assert_eq!(free(&["172.31.86.11", "172.31.86.128", "172.31.86.130"]), "172.31.86.129");
    }

    #[test]
    fn a_full_network_is_refused_and_named() {
        let subnet = Subnet::read("10.0.0.8/29").unwrap();
        let three = ["10.0.0.12", "10.0.0.13", "10.0.0.14"];
        assert_eq!(subnet.free_address(&taken(&three[1..])).unwrap().to_string(), three[0]);
        let refusal = subnet.free_address(&taken(&three)).unwrap_err();
        assert_eq!(refusal.to_string(), "each address in the upper half of 10.0.0.8/29 is taken");
    }

    #[test]
    fn what_is_no_ipv4_subnet_is_none() {
        for text in ["", "10.0.0.0", "10.0.0.0/33", "10.0.0.0/30", "fd00::/64", "10.0.0/8"] {
            assert_eq!(Subnet::read(text), None, "{text}");
        }
    }
}
