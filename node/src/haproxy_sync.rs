//! `ringway haproxy-sync`: keeps HAProxy's map and servers as the ring is.
//!
//! What is to be done follows from the view and from what HAProxy says that it has
//! (`plan`), without memory of what was done before: so it is all the same whether HAProxy or
//! this program was started anew, or died in the middle. The map of a ring is exchanged as a
//! whole, servers that it needs are there before it, and others go after it.
//!
//! Where clients need tokens it keeps the keys by which HAProxy verifies these as well
//! (`key_keeper`), in the same way: from what the nodes tell and what HAProxy runs with.

mod applier;
mod files;
mod follower;
mod haproxy;
mod key_files;
mod key_follower;
mod key_keeper;
mod key_set;
mod observed;
mod plan;
mod ring_map;
mod runtime_api;
mod server;
mod slot;
#[cfg(test)]
mod stub_haproxy;
mod sync;
mod sync_error;
mod sync_metrics;

pub use self::sync::HaproxySync;
