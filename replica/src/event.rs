//! What a replica is told.

use alloc::boxed::Box;

use ringway_ring::{Key, Partition};

use crate::{ClientId, Envelope, Incarnation, NodeNumber, Operation, Placement, Ticket};

/// What the driver tells a [`Replica`](crate::Replica).
#[derive(Clone, Debug)]
pub enum Event {
    /// A client asks for something.
    Request {
        /// To be given back with the outcome.
        client: ClientId,
        /// Of the key.
        partition: Partition,
        /// Which key.
        key: Key<'static>,
        /// What to do.
        operation: Operation,
        /// How long the client will wait.
        timeout_ms: u64,
    },
    /// A message came in.
    Message(Box<Envelope>),
    /// A view. One that is not later than the last is ignored: views may come late, in any
    /// order, and more than once.
    Placement(Box<Placement>),
    /// A peer can be reached, and this is its present start.
    Reachable {
        /// Which peer.
        peer: NodeNumber,
        /// As it said in its greeting.
        incarnation: Incarnation,
    },
    /// A peer can't be reached: refused, reset, or silent for too long.
    Unreachable {
        /// Which peer.
        peer: NodeNumber,
    },
    /// A store is durable, and so is every earlier one that was not reported as failed.
    Stored(Ticket),
    /// A store was refused as a whole and will never be found on the disk: a full disk. A
    /// failed fsync, after which nobody knows what is on the disk, is not this: after one
    /// the driver must stop the process.
    StoreFailed(Ticket),
    /// Time has passed. To be told every few milliseconds.
    Tick,
}
