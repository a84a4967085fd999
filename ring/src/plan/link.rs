//! What goes from one node to another.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::VnodeMove;
use crate::NodeId;

/// What a plan sends from one node to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Who sends.
    pub from: NodeId,
    /// Who receives.
    pub to: NodeId,
    /// How many vnodes.
    pub vnodes: u32,
    /// How many bytes.
    pub bytes: u64,
}

impl Link {
    /// Sorted by both ends.
    pub(super) fn of(moves: &[VnodeMove]) -> Vec<Self> {
        let mut links: BTreeMap<(&NodeId, &NodeId), (u32, u64)> = BTreeMap::new();
        for each in moves {
            let (vnodes, bytes) = links.entry((&each.from, &each.to)).or_default();
            *vnodes += 1;
            *bytes += each.bytes;
        }
        let link = |((from, to), (vnodes, bytes)): ((&NodeId, &NodeId), _)| Self {
            from: from.clone(),
            to: to.clone(),
            vnodes,
            bytes,
        };
        links.into_iter().map(link).collect()
    }
}
