//! What will happen.

use ringway_replica::{Event, NodeNumber, Ticket};

/// What will happen. Nodes are named by their places.
pub(super) enum Happening {
    Tick { node: usize, incarnation: u64 },
    Deliver { to: NodeNumber, bytes: Vec<u8> },
    Synced { node: usize, incarnation: u64, ticket: Ticket, stored: bool },
    FaultBegins(usize),
    FaultEnds(usize),
    Link { from: usize, to: usize },
    Ask { client: usize },
    Arrive { node: usize, incarnation: u64, event: Box<Event> },
    GiveUp { client: usize, asked: usize },
    Changes(usize),
    Coordinates,
    View { node: usize, epoch: u64 },
}

impl Happening {
    /// Whom it concerns alone: it waits while that node is paused.
    pub(super) fn node(&self) -> Option<usize> {
        match *self {
            Self::Deliver { to, .. } => Some(super::index(to)),
            Self::Tick { node, .. }
            | Self::Synced { node, .. }
            | Self::Arrive { node, .. }
            | Self::View { node, .. }
            | Self::Link { from: node, .. } => Some(node),
            _ => None,
        }
    }
}
