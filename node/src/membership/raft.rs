//! How the nodes agree on the order of commands: Raft, by the library openraft.
//!
//! The log, the votes and the snapshots lie in the node's own store, in a table of their
//! own, durable before they are told of. Messages go by a [`Carrier`], which the node gives.
//!
//! Traps of openraft 0.9, and what is done about them:
//!
//! - A node that can't be reached is `Unreachable`, never `Network`, or it retries hot.
//! - The snapshot is durable before the log that it replaces is purged: both go through the
//!   store's one queue, and a snapshot is waited for.
//! - The election time-out is drawn once for each process, so each node has a window of its
//!   own ([`timing`]), and who is not elected soon stands again ([`ties`]).
//! - Voters change one at a time, each change waited for (databendlabs/openraft#1544).
//! - A leader that votes no longer leads on for as long as it is a learner; so it doesn't become
//!   one before the next leader, which it makes room for, has it listen again. Even so it leads
//!   on for a moment, and a change that it began then would end its process.
//! - A leader cut off from the others stays leader in its own eyes; so who leads is asked
//!   together with when a majority was last heard ([`Consensus::is_leader`]).
//! - Entries of a deposed leader may be committed yet, though their writer is told to ask the
//!   next leader: that outcome is unknown, and nothing is sent twice.

mod carrier;
mod config_change;
mod consensus;
mod exchange;
mod link;
mod log;
mod machine;
mod metrics;
mod propose_error;
mod proposing;
mod snapshots;
mod ties;
mod timing;
mod types;
mod voters;

pub use self::carrier::{Carried, Carrier, NotCarried};
pub use self::consensus::{Consensus, ConsensusError};
pub use self::exchange::BadAsk;
pub use self::metrics::ConsensusMetrics;
pub use self::propose_error::ProposeError;

#[cfg(test)]
mod raft_test;
