//! What a change of the ring would do, as it is told to who asks.

use std::collections::BTreeSet;

use ringway_ring::{Epoch, Link, NodeId, NodePlan, Plan};
use serde::{Deserialize, Serialize};

/// What is reckoned with where no limit is set to how fast partitions are copied: what disks
/// and networks of today take without being filled.
const ASSUMED_BYTES_PER_SECOND: u64 = 64 << 20;

/// The answer to `POST /ring/plan`: what `POST /ring/change` with the same body would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RingPlan {
    /// The state of the cluster that it is made for.
    pub(crate) epoch: Epoch,
    /// How many vnodes would move.
    pub(crate) vnodes: usize,
    /// How many must, whoever plans.
    pub(crate) least: u64,
    /// `vnodes` ÷ `least`; 1 where both are 0.
    pub(crate) moved_to_least: f64,
    /// The partitions whose preference list changes, in its members or in its order.
    pub(crate) lists: usize,
    /// The bytes of values that would be copied.
    pub(crate) bytes: u64,
    /// How fast each node is reckoned to receive them.
    pub(crate) bytes_per_second: u64,
    /// Whether that is a guess, since no limit is set.
    pub(crate) is_rate_assumed: bool,
    /// About how long that takes.
    pub(crate) seconds: u64,
    /// Partitions whose size nobody told; `bytes` and `seconds` are without them.
    pub(crate) unsized_partitions: usize,
    /// Who does not answer at present.
    pub(crate) down: BTreeSet<NodeId>,
    /// All that are in the ring before or after, by id.
    pub(crate) nodes: Vec<NodePlan>,
    /// What goes from which node to which, by both.
    pub(crate) links: Vec<Link>,
}

impl RingPlan {
    /// What `plan` says, made for the state of `epoch`, where nodes copy as fast as
    /// `bytes_per_second` allows.
    #[must_use]
    pub(crate) fn new(plan: &Plan, epoch: Epoch, bytes_per_second: Option<u64>) -> Self {
        let rate = bytes_per_second.unwrap_or(ASSUMED_BYTES_PER_SECOND).max(1);
        Self {
            epoch,
            vnodes: plan.moves().len(),
            least: plan.least(),
            moved_to_least: plan.moved_to_least(),
            lists: plan.changed(),
            bytes: plan.bytes(),
            bytes_per_second: rate,
            is_rate_assumed: bytes_per_second.is_none(),
            seconds: plan.seconds_at(rate).unwrap_or_default(),
            unsized_partitions: 0,
            down: BTreeSet::new(),
            nodes: plan.nodes().to_vec(),
            links: plan.links().to_vec(),
        }
    }

    /// Whether everything is as the change wants it.
    pub(crate) fn is_done(&self) -> bool {
        self.lists == 0 && self.nodes.iter().all(|node| node.present == node.next)
    }
}
