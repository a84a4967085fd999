//! What a change of the ring would do, as it is told to who asks.

use std::collections::BTreeSet;

use ringway_ring::{Epoch, Link, NodeId, NodePlan, Plan};
use serde::{Deserialize, Serialize};

use crate::membership::Settings;

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
    /// About how long the change takes: what the bytes take, or the steps in which partitions
    /// move where that is longer.
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
    /// What `plan` says, made for the state of `epoch`, where nodes copy and partitions move as
    /// fast as `settings` allow.
    #[must_use]
    pub(crate) fn new(plan: &Plan, epoch: Epoch, settings: &Settings) -> Self {
        let (lists, is_one_move) = (plan.changed(), plan.changes_length());
        let most = plan.most_received();
        Self {
            epoch,
            vnodes: plan.moves().len(),
            least: plan.least(),
            moved_to_least: plan.moved_to_least(),
            lists,
            bytes: plan.bytes(),
            bytes_per_second: settings.expected_bytes_per_second().get(),
            is_rate_assumed: settings.handoff_bytes_per_second.is_none(),
            seconds: settings.expected_seconds(lists as u64, is_one_move, most),
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

#[cfg(test)]
mod tests {
    use ringway_ring::{Assignment, Member, PartitionCount, ReplicationFactor, Weight, claim};

    use super::*;

    fn members(count: usize) -> Vec<Member> {
        (1..=count).map(|number| Member::new(format!("n{number}").parse().unwrap())).collect()
    }

    /// What becomes of a default ring whose partitions are of `bytes` each.
    fn planned(present: &[Member], next: &[Member], bytes: u64) -> RingPlan {
        let (unassigned, factor) =
            (Assignment::unassigned(PartitionCount::DEFAULT), ReplicationFactor::DEFAULT);
        let held = claim(&unassigned, present, factor);
        let plan = Plan::new(&held, present, next, factor, |_| bytes);
        RingPlan::new(&plan, Epoch::FIRST, &Settings::default())
    }

    #[test]
    fn a_change_takes_its_steps_however_little_there_is_to_copy() {
        let plan = planned(&members(5), &members(6), 1);
        assert!(plan.lists >= plan.vnodes, "one comes to each, and others change in order");
        assert_eq!(plan.seconds, plan.lists.div_ceil(32) as u64 * 2);
        assert!(plan.seconds >= 128, "64 steps at least: {}", plan.seconds);
    }

    #[test]
    fn a_change_takes_what_its_bytes_take_where_that_is_longer() {
        let plan = planned(&members(5), &members(6), 64 << 20);
        assert_eq!(plan.seconds, plan.vnodes as u64, "n6 gets a partition a second");
        assert!(plan.seconds > 2000, "{}", plan.seconds);
    }

    #[test]
    fn what_moves_as_one_takes_one_step() {
        let plan = planned(&members(2), &members(3), 1);
        assert_eq!((plan.lists, plan.seconds), (4096, 2));
        assert_eq!(planned(&members(3), &members(2), 1).seconds, 2, "with nothing to copy too");
    }

    #[test]
    fn an_order_that_changes_takes_time_and_nothing_takes_none() {
        let mut heavier = members(3);
        heavier[0].weight = Weight::new(2).unwrap();
        let plan = planned(&members(3), &heavier, 1 << 20);
        assert_eq!((plan.vnodes, plan.bytes), (0, 0));
        assert!(plan.lists > 32, "its share of primaries: {}", plan.lists);
        assert_eq!(plan.seconds, plan.lists.div_ceil(32) as u64 * 2);
        assert_eq!(planned(&members(3), &members(3), 1 << 20).seconds, 0);
    }
}
