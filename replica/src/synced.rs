//! Whether a moving partition has all here that was committed before it began to move.

use ringway_ring::{Epoch, Partition};
use serde::{Deserialize, Serialize};

use crate::NodeNumber;
use crate::mutant::Mutant;
use crate::replica::Replica;
use crate::vnode::Vnode;

/// What a partition amounts to here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Records, tombstones among them.
    pub records: u64,
    /// The bytes of their values.
    pub value_bytes: u64,
}

impl Replica {
    /// The partitions that move to this node, or move and stay, of which it holds durably all
    /// that was committed under earlier configurations; each with the configuration in which
    /// that is so. Once every next holder says so the move may be completed.
    pub fn synced(&self) -> impl Iterator<Item = (Partition, Epoch)> {
        let synced = self.vnodes.iter().filter(|(_, vnode)| self.is_synced(vnode));
        synced.map(|(partition, vnode)| (partition, vnode.group.configuration))
    }

    pub(crate) fn is_synced(&self, vnode: &Vnode) -> bool {
        let group = &vnode.group;
        if !group.next.contains(&self.me) || !vnode.is_member() {
            return false;
        }
        if self.has(Mutant::SyncedFromOne) && !vnode.sources.is_empty() {
            return true;
        }
        let has_all_of = |node: NodeNumber| node == self.me || vnode.sources.contains(&node);
        let is_fenced = vnode.is_fenced() || self.trusts_unfenced();
        is_fenced && group.is_majority_of_replicas(has_all_of)
    }

    /// Whether copies are made from holders that may still accept under earlier ballots.
    pub(crate) fn trusts_unfenced(&self) -> bool {
        self.has(Mutant::PullBeforePromise) || self.has(Mutant::BallotKept)
    }

    /// How much this node holds of each partition that it has counted, durably.
    pub fn sizes(&self) -> impl Iterator<Item = (Partition, Size)> {
        let held = self.vnodes.iter().filter(|(_, vnode)| vnode.is_member());
        held.filter_map(|(partition, vnode)| Some((partition, vnode.counting.done()?.size())))
    }
}
