//! Who leads a partition.

use core::fmt;

use ringway_ring::Epoch;
use serde::{Deserialize, Serialize};

use crate::NodeNumber;

/// A claim to lead a partition. Ordered as its fields stand: a new configuration fences
/// every leader of the one before (Vertical Paxos), then rounds decide, then nodes.
///
/// No two leaderships have one ballot: a node makes only ballots that carry its own
/// number, each above its own *durable* promise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ballot {
    /// The epoch at which the partition got its present holders.
    pub configuration: Epoch,
    /// Counts attempts to lead.
    pub round: u64,
    /// Who leads, or tries to.
    pub node: NodeNumber,
}

impl Ballot {
    /// Below every ballot that a node makes: what a new replica has promised.
    pub const BOTTOM: Self = Self::lowest(Epoch::new(0));

    /// No replica that works gets here, were it to try a million times a second for eight
    /// years; so what claims to be beyond is not believed, and there is always a next round.
    pub const ROUND_MAX: u64 = 1 << 48;

    /// Below every ballot of `configuration` that a node makes: what who clears promises.
    pub(crate) const fn lowest(configuration: Epoch) -> Self {
        Self { configuration, round: 0, node: NodeNumber::new(0) }
    }

    /// Whether no node has made it.
    pub(crate) fn is_nobodys(self) -> bool {
        self == Self::lowest(self.configuration)
    }

    /// The lowest ballot of `node` in `configuration` above `self`.
    #[must_use]
    pub fn next(self, configuration: Epoch, node: NodeNumber) -> Self {
        let configuration = self.configuration.max(configuration);
        Self { configuration, round: self.round + 1, node }
    }
}

impl fmt::Display for Ballot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}.{}.{}", self.configuration, self.round, self.node.get())
    }
}

/// As short as `Display`: a trace is full of them.
impl fmt::Debug for Ballot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}
