//! What became of a store.

use std::io;
use std::sync::Arc;

use ringway_replica::Ticket;
use thiserror::Error;

/// Names a store among those of all shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoreName {
    /// Whose it is.
    pub shard: u8,
    /// Its number there.
    pub ticket: Ticket,
}

/// What became of a store.
#[derive(Clone, Debug)]
pub struct Completed {
    /// Which one.
    pub name: StoreName,
    /// It is as durable as was asked for, or was refused.
    pub stored: Result<(), RefusedStore>,
}

/// The file of a large value could not be written; most likely the disk is full. Nothing of
/// this store is on the disk, nor ever will be. Others are not touched.
#[derive(Clone, Debug, Error)]
#[error("a large value could not be written: {0}")]
pub struct RefusedStore(#[source] pub Arc<io::Error>);
