//! A node of the cluster, as the operator writes it.

use std::net::SocketAddr;
use std::num::NonZeroU16;
use std::str::FromStr;

use ringway_ring::{NodeIdError, ViewNode, WeightError, ZoneError};
use thiserror::Error;

/// A node of the cluster, written `id=ip:port[,peer=PORT][,zone=Z][,weight=W]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The node, as clients and the edge see it.
    pub node: ViewNode,
    /// Where it listens for the other nodes, on the same IP address.
    pub peer_port: Option<NonZeroU16>,
}

impl Member {
    /// Where it listens for the other nodes, if it does.
    #[must_use]
    pub fn peer_address(&self) -> Option<SocketAddr> {
        self.peer_port.map(|port| SocketAddr::new(self.node.address.ip(), port.get()))
    }
}

impl FromStr for Member {
    type Err = MemberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.split(',');
        let (id, address) = parts
            .next()
            .and_then(|first| first.split_once('='))
            .ok_or_else(|| MemberError::Shape { text: text.to_owned() })?;
        let address: SocketAddr =
            address.parse().map_err(|_| MemberError::Address { address: address.to_owned() })?;
        if address.port() == 0 || address.ip().is_unspecified() {
            return Err(MemberError::Unreachable { address });
        }
        let mut node = ViewNode::new(id.parse()?, address);
        let mut peer_port = None;
        for part in parts {
            match part.split_once('=') {
                Some(("peer", port)) => peer_port = Some(peer(port)?),
                Some(("zone", zone)) => node.zone = zone.parse()?,
                Some(("weight", weight)) => node.weight = weight.parse()?,
                _ => return Err(MemberError::Part { part: part.to_owned() }),
            }
        }
        Ok(Self { node, peer_port })
    }
}

fn peer(text: &str) -> Result<NonZeroU16, MemberError> {
    text.parse().map_err(|_| MemberError::PeerPort { text: text.to_owned() })
}

/// Why a text names no member.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MemberError {
    /// It doesn't begin with `id=address`.
    #[error("{text:?} is not of the form id=ip:port[,peer=PORT][,zone=Z][,weight=W]")]
    Shape {
        /// The member as written.
        text: String,
    },
    /// The address is no address.
    #[error("{address:?} is not an address: it must be ip:port, as 10.0.0.1:8080")]
    Address {
        /// The address as written.
        address: String,
    },
    /// The address is one that nobody can connect to.
    #[error("{address} can't be connected to: a member has a definite address and port")]
    Unreachable {
        /// The address.
        address: SocketAddr,
    },
    /// The port for the other nodes is none.
    #[error("peer={text} is not a port: it must be from 1 to 65535")]
    PeerPort {
        /// The port as written.
        text: String,
    },
    /// Something else follows.
    #[error("{part:?} is none of peer=PORT, zone=Z and weight=W")]
    Part {
        /// What follows.
        part: String,
    },
    /// The id is none.
    #[error(transparent)]
    Id(#[from] NodeIdError),
    /// The zone is none.
    #[error(transparent)]
    Zone(#[from] ZoneError),
    /// The weight is none.
    #[error(transparent)]
    Weight(#[from] WeightError),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_carries_peer_port_zone_and_weight() {
        let member: Member = "n2=[::1]:9000,zone=a,peer=9100,weight=3".parse().unwrap();
        let mut node = ViewNode::new("n2".parse().unwrap(), "[::1]:9000".parse().unwrap());
        node.zone = "a".parse().unwrap();
        node.weight = "3".parse().unwrap();
        assert_eq!(member.node, node);
        assert_eq!(member.peer_address(), Some("[::1]:9100".parse().unwrap()));
        let plain: Member = "n1=10.0.0.1:8080".parse().unwrap();
        assert_eq!(plain.peer_address(), None);
    }

    #[test]
    fn what_is_no_member_is_refused() {
        for text in [
            "",
            "n1",
            "=1.2.3.4:1",
            "n1=",
            "n1=host:80",
            "n1=1.2.3.4",
            "n1=1.2.3.4:0",
            "n1=0.0.0.0:80",
            "n 1=1.2.3.4:80",
            "n1=1.2.3.4:80,peer=0",
            "n1=1.2.3.4:80,peer=65536",
            "n1=1.2.3.4:80,peer=1.2.3.4:81",
            "n1=1.2.3.4:80,zone=a b",
            "n1=1.2.3.4:80,weight=0",
            "n1=1.2.3.4:80,colour=red",
            "n1=1.2.3.4:80,",
        ] {
            assert!(text.parse::<Member>().is_err(), "{text}");
        }
    }
}
