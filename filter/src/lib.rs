//! The ring lookup as a proxy-wasm filter for Envoy.
//!
//! Everything that decides is pure and runs on any machine: [`Router`] says where a
//! request goes, [`Poll`] when to ask for the view, [`Connections`] who may open another,
//! [`Configuration`] and [`ConnectionLimit`] what the operator wrote. One module, `host`,
//! speaks with Envoy and decides nothing.
//!
//! ```
//! use ringway_filter::{Route, Router};
//! use ringway_ring::{Epoch, PartitionCount, ReplicationFactor, View, ViewNode};
//!
//! let nodes = vec![ViewNode::new("n1".parse()?, "10.0.0.1:8080".parse()?)];
//! let (partitions, copies) = (PartitionCount::DEFAULT, ReplicationFactor::DEFAULT);
//! let view = View::create(Epoch::FIRST, partitions, copies, nodes)?;
//!
//! let mut router = Router::default();
//! let get = || Some(b"GET".to_vec());
//! assert_eq!(router.route(b"/kv/berlin", get), Route::Anywhere, "no view yet");
//!
//! router.offer("\"1-a\"", view.to_json().as_bytes())?;
//! assert_eq!(router.route(b"/kv/berlin", get), Route::Listed("10.0.0.1:8080,epoch=1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod configuration;
mod connections;
mod host;
mod poll;
mod reply;
mod route;
mod route_table;
mod router;
mod shared_view;
mod tally;

pub use configuration::Configuration;
pub use connections::{ConnectionLimit, Connections};
pub use poll::{Outcome, Poll};
pub use reply::Reply;
pub use route::Route;
pub use route_table::{RouteTable, Routing};
pub use router::{Offer, Refusal, Router};
pub use shared_view::SharedView;
pub use tally::Tally;
