//! What every edge and every node must agree on.
//!
//! A key has a [`Position`] on the ring, a position lies in a [`Partition`], and a
//! [`View`] names for each partition the ordered nodes that hold it. Finding them is
//! a hash, a mask and an index:
//!
//! ```
//! use ringway_ring::{Epoch, Key, PartitionCount, ReplicationFactor, View, ViewNode};
//!
//! let nodes = vec![
//!     ViewNode::new("n1".parse()?, "10.0.0.1:8080".parse()?),
//!     ViewNode::new("n2".parse()?, "10.0.0.2:8080".parse()?),
//! ];
//! let (partitions, copies) = (PartitionCount::DEFAULT, ReplicationFactor::DEFAULT);
//! let view = View::create(Epoch::FIRST, partitions, copies, nodes)?;
//!
//! let key = Key::new("europe/berlin")?;
//! let holders = view.preference_list(view.partition(key.position()));
//! assert_eq!(holders.count(), 2, "three copies were asked for, two nodes are there");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate is `no_std`: it can't reach a clock, a socket, a thread or a map with a
//! random order, so the same input gives the same answer on x86_64 and on wasm32.
#![no_std]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod assignment;
mod change_progress;
mod claim;
mod epoch;
mod error_body;
mod key;
mod member;
mod name;
mod node_id;
mod partition;
mod percent;
mod plan;
mod position;
mod query;
mod replication_factor;
mod request_id;
mod request_target;
mod route_header;
mod transition;
mod view;
mod view_node;
mod weight;
mod zone;

pub use assignment::{Assignment, AssignmentError, NodeIndex};
pub use change_progress::ChangeProgress;
pub use claim::claim;
pub use epoch::Epoch;
pub use error_body::error_body;
pub use key::{Key, KeyError, MAX_KEY_BYTES};
pub use member::Member;
pub use node_id::{NodeId, NodeIdError};
pub use partition::{Partition, PartitionCount, PartitionCountError};
pub use percent::{BadEscape, encode_path};
pub use plan::{Link, LoadChange, NodePlan, Plan, VnodeMove};
pub use position::Position;
pub use query::query_parameter;
pub use replication_factor::{ReplicationFactor, ReplicationFactorError};
pub use request_id::RequestId;
pub use request_target::{RequestTarget, TargetError};
pub use route_header::RouteHeader;
pub use transition::{Transition, TransitionError};
pub use view::{View, ViewError};
pub use view_node::{Health, ViewNode};
pub use weight::{Weight, WeightError};
pub use zone::{Zone, ZoneError};
