//! How a member is written on the command line.

use std::net::SocketAddr;
use std::str::FromStr;

use ringway_ring::{NodeIdError, ViewNode, WeightError, ZoneError};
use thiserror::Error;

/// Members as `--member` and `RINGWAY_MEMBERS` take them: any number, separated by
/// spaces, each `id=ip:port[,zone=Z][,weight=W]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberFlag {
    /// The members, in the order in which they are written.
    pub members: Vec<ViewNode>,
}

impl FromStr for MemberFlag {
    type Err = MemberFlagError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let members = text.split_whitespace().map(member).collect::<Result<_, _>>()?;
        Ok(Self { members })
    }
}

fn member(text: &str) -> Result<ViewNode, MemberFlagError> {
    let mut parts = text.split(',');
    let (id, address) = parts
        .next()
        .and_then(|first| first.split_once('='))
        .ok_or_else(|| MemberFlagError::Shape { text: text.to_owned() })?;
    let address: SocketAddr =
        address.parse().map_err(|_| MemberFlagError::Address { address: address.to_owned() })?;
    if address.port() == 0 || address.ip().is_unspecified() {
        return Err(MemberFlagError::Unreachable { address });
    }
    let mut member = ViewNode::new(id.parse()?, address);
    for part in parts {
        match part.split_once('=') {
            Some(("zone", zone)) => member.zone = zone.parse()?,
            Some(("weight", weight)) => member.weight = weight.parse()?,
            _ => return Err(MemberFlagError::Part { part: part.to_owned() }),
        }
    }
    Ok(member)
}

/// Why a text names no member.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MemberFlagError {
    /// It doesn't begin with `id=address`.
    #[error("{text:?} is not of the form id=ip:port[,zone=Z][,weight=W]")]
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
    /// Something other than a zone or a weight follows.
    #[error("{part:?} is neither zone=Z nor weight=W")]
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
    fn members_are_separated_by_spaces_and_carry_zone_and_weight() {
        let flag: MemberFlag = " n1=10.0.0.1:8080  n2=[::1]:9000,zone=a,weight=3 ".parse().unwrap();
        let mut second = ViewNode::new("n2".parse().unwrap(), "[::1]:9000".parse().unwrap());
        second.zone = "a".parse().unwrap();
        second.weight = "3".parse().unwrap();
        let first = ViewNode::new("n1".parse().unwrap(), "10.0.0.1:8080".parse().unwrap());
        assert_eq!(flag.members, [first, second]);
        assert_eq!("".parse(), Ok(MemberFlag::default()));
    }

    #[test]
    fn what_is_no_member_is_refused() {
        for text in [
            "n1",
            "=1.2.3.4:1",
            "n1=",
            "n1=host:80",
            "n1=1.2.3.4",
            "n1=1.2.3.4:0",
            "n1=0.0.0.0:80",
            "n 1=1.2.3.4:80",
            "n1=1.2.3.4:80,zone=a b",
            "n1=1.2.3.4:80,weight=0",
            "n1=1.2.3.4:80,colour=red",
            "n1=1.2.3.4:80,",
        ] {
            assert!(text.parse::<MemberFlag>().is_err(), "{text}");
        }
    }
}
