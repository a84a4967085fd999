//! What an edge tells a node about how it has routed a request.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::ToString;
use alloc::vec::Vec;

use crate::{Epoch, View, ViewNode};

/// What stands before the epoch, which comes last: to Envoy's `override_host` it is one more
/// host, which it doesn't know.
const EPOCH: &str = "epoch=";

/// The value of `x-ringway-route`: `ip:port,ip:port,epoch=7`, the nodes in the order in which to
/// try them, and the epoch of the view that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RouteHeader(Box<str>);

impl RouteHeader {
    /// The name of the header.
    pub const NAME: &str = "x-ringway-route";

    /// To `nodes`, by `view`.
    #[must_use]
    pub fn new<'v>(view: &View, nodes: impl IntoIterator<Item = &'v ViewNode>) -> Self {
        let mut parts: Vec<_> = nodes.into_iter().map(|node| node.address.to_string()).collect();
        parts.push(format!("{EPOCH}{}", view.epoch()));
        Self(parts.join(",").into())
    }

    /// The header's value.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// By the view of which epoch an edge has routed that wrote `value`; nothing where it
    /// doesn't say.
    #[must_use]
    pub fn epoch(value: &[u8]) -> Option<Epoch> {
        let last = value.rsplit(|&byte| byte == b',').next()?;
        let digits = last.strip_prefix(EPOCH.as_bytes())?;
        str::from_utf8(digits).ok()?.parse().ok().map(Epoch::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PartitionCount, ReplicationFactor};

    #[test]
    fn the_nodes_come_first_and_the_epoch_is_read_back() {
        let nodes = [1_u8, 2].map(|number| {
            let address = ([10, 0, 0, number], 8080).into();
            ViewNode::new(format!("n{number}").parse().unwrap(), address)
        });
        let (partitions, copies) = (PartitionCount::DEFAULT, ReplicationFactor::DEFAULT);
        let view = View::create(Epoch::new(7), partitions, copies, nodes.into()).unwrap();
        let header = RouteHeader::new(&view, view.nodes());
        let value = header.as_str();
        assert_eq!(value, "10.0.0.1:8080,10.0.0.2:8080,epoch=7");
        assert_eq!(RouteHeader::epoch(value.as_bytes()), Some(Epoch::new(7)));
    }

    #[test]
    fn what_says_no_epoch_has_none() {
        let without =
            ["", "10.0.0.1:8080", "n1:n2:n3", "epoch=7,10.0.0.1:8080", "epoch=", "epoch=-7"];
        for value in without {
            assert_eq!(RouteHeader::epoch(value.as_bytes()), None, "{value}");
        }
        assert_eq!(RouteHeader::epoch(b"10.0.0.1:8080,epoch=\xff"), None);
        assert_eq!(RouteHeader::epoch(b"epoch=18446744073709551616"), None, "more than there are");
    }
}
