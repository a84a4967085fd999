//! The view as JSON.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{View, ViewError, check_list_length, check_nodes, packed};
use crate::{
    Assignment, ChangeProgress, Epoch, PartitionCount, ReplicationFactor, Transition, ViewNode,
};

/// Raised when a reader of the older format would misread the newer one. A field that
/// older readers may ignore raises nothing.
const FORMAT: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Wire {
    format: u32,
    epoch: Epoch,
    partitions: u32,
    replication_factor: ReplicationFactor,
    /// The length of the lists.
    copies: u8,
    nodes: Vec<ViewNode>,
    /// See [`packed`]: for each partition in order its preference list, as indices
    /// into `nodes`.
    lists: String,
    /// By ids, not packed, for those who watch it with nothing but a JSON reader. It is
    /// short but for the moment when a cluster of one or two nodes grows.
    moving: Vec<Transition>,
    /// For those who watch it too; routing goes without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    change: Option<ChangeProgress>,
}

/// The field that says whether the others can be read at all.
#[derive(Deserialize)]
struct Header {
    format: u32,
}

pub(super) fn write(view: &View) -> String {
    let wire = Wire {
        format: FORMAT,
        epoch: view.epoch,
        partitions: view.assignment.partitions().get(),
        replication_factor: view.replication_factor,
        // At most 7.
        copies: u8::try_from(view.assignment.list_length()).unwrap_or(u8::MAX),
        nodes: view.nodes.clone(),
        lists: packed::pack(view.assignment.lists().flatten(), view.nodes.len()),
        moving: view.moving.clone(),
        change: view.change,
    };
    // Strings, numbers and sequences only: nothing in it can fail.
    serde_json::to_string(&wire).unwrap_or_else(|error| unreachable!("{error}"))
}

pub(super) fn read(json: &[u8]) -> Result<View, ViewError> {
    let Header { format } = serde_json::from_slice(json)?;
    if format != FORMAT {
        return Err(ViewError::Format { found: format, known: FORMAT });
    }
    let wire: Wire = serde_json::from_slice(json)?;
    check_nodes(&wire.nodes)?;
    let partitions = PartitionCount::new(wire.partitions)?;
    let length = usize::from(wire.copies);
    check_list_length(length)?;
    let count = usize::try_from(partitions.get()).unwrap_or(usize::MAX).saturating_mul(length);
    let lists = packed::unpack(&wire.lists, count, wire.nodes.len()).ok_or(ViewError::Packed)?;
    let ids = wire.nodes.iter().map(|node| node.id.clone()).collect();
    let assignment = Assignment::new(partitions, ids, length, lists)?;
    let view = View::new(wire.epoch, wire.replication_factor, wire.nodes, assignment, wire.moving)?;
    Ok(view.with_change(wire.change))
}
