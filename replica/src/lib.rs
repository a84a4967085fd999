//! The replication protocol of a Ringway node, as a state machine.
#![no_std]

extern crate alloc;

mod acceptor;
mod anti_entropy;
mod ballot;
mod config;
mod confirmation;
mod decision;
mod depose;
mod digest;
mod disk;
mod effect;
mod event;
mod forwarding;
mod handover;
mod incarnation;
mod leader;
mod leadership;
mod message;
mod mutant;
mod node_number;
mod now;
mod outcome;
mod peer;
mod placement;
mod purge;
mod random;
mod record;
mod records;
mod replica;
mod request;
mod routing;
mod status;
mod sweep;
mod takeover;
mod tick;
mod token;
mod version;
mod vnode;

pub use ballot::Ballot;
pub use config::Config;
pub use digest::BUCKETS;
pub use effect::{Effect, Ticket, Write};
pub use event::Event;
pub use incarnation::Incarnation;
pub use message::{Envelope, Message};
#[cfg(feature = "mutants")]
pub use mutant::Mutant;
pub use node_number::NodeNumber;
pub use now::{Instant, Now, Wall};
pub use outcome::{Outcome, Reason};
pub use placement::{Group, Placement};
pub use record::{Body, Record, Value};
pub use records::{PartitionState, Records};
pub use replica::Replica;
pub use request::{ClientId, Condition, Operation};
pub use status::Status;
pub use token::Token;
pub use version::{NotAVersion, Version};
