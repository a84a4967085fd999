//! What HAProxy has at a slot.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Bits of `srv_admin_state`: in maintenance by command, by a tracked server, or for want of an
/// address. What the configuration says, and what is only drained, is not among them.
const MAINTENANCE: u32 = 0x01 | 0x02 | 0x20;

/// What HAProxy has at a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Whose; what is disabled may have any.
    pub(super) address: SocketAddr,
    /// Whether requests may go there while it is healthy.
    pub(super) is_enabled: bool,
}

impl Server {
    /// As `haproxy/haproxy.cfg` has it where nobody is.
    pub(super) const NOBODY: Self =
        Self { address: SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 1), is_enabled: false };

    /// The node at `address`, in use.
    pub(super) fn of(address: SocketAddr) -> Self {
        Self { address, is_enabled: true }
    }

    /// The backend, the name and the server that a line of `show servers state` tells of.
    pub(super) fn parse(line: &str) -> Option<(&str, &str, Self)> {
        let fields: Vec<_> = line.split_whitespace().collect();
        let [_, backend, _, name, ip, _, admin, ..] = *fields.as_slice() else { return None };
        // The name of a host, where there is one, and a port follow at the end.
        let port = fields.get(18)?.parse().ok()?;
        let admin: u32 = admin.parse().ok()?;
        let address = SocketAddr::new(ip.parse().ok()?, port);
        Some((backend, name, Self { address, is_enabled: admin & MAINTENANCE == 0 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_is_read_as_haproxy_2_6_writes_it() {
        let up = "3 reads 1 s1 127.0.0.1 2 4 0 0 2 15 3 2 6 0 0 0 - 28081 - 0 0 - - 0";
        let server = Server::of("127.0.0.1:28081".parse().unwrap());
        assert_eq!(Server::parse(up), Some(("reads", "s1", server)));
        let unused = "3 reads 4 s4 0.0.0.0 0 5 0 0 18 1 0 0 14 0 0 0 - 1 - 0 0 - - 0";
        assert_eq!(Server::parse(unused), Some(("reads", "s4", Server::NOBODY)));
        for other in ["1", "# be_id be_name srv_id srv_name srv_addr", "", "3 reads 1 s1 - 0 0"] {
            assert_eq!(Server::parse(other), None, "{other}");
        }
    }
}
