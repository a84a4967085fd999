//! What a plan means for a node.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::claim::{Claim, Share};
use crate::{Assignment, Member, NodeId};

/// What a plan means for a node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodePlan {
    /// The node as it is now; nothing where it is new.
    pub present: Option<Member>,
    /// The node as it will be; nothing where it leaves.
    pub next: Option<Member>,
    /// The partitions that it holds.
    pub replicas: LoadChange,
    /// The partitions that it is the primary of.
    pub primaries: LoadChange,
}

/// A number of partitions, before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadChange {
    /// Now.
    pub before: u32,
    /// When the plan is done. Within one of the share, but where zones leave no choice of
    /// primaries that is.
    pub after: u32,
    /// What is due by weight, as far as zones and copies allow.
    pub share: f64,
}

impl NodePlan {
    /// What the node is called.
    #[must_use]
    pub fn member(&self) -> &Member {
        let member = self.next.as_ref().or(self.present.as_ref());
        member.unwrap_or_else(|| unreachable!("it is a member before or after"))
    }

    /// Sorted by id.
    pub(super) fn of_all(
        held: &Assignment,
        present: &[Member],
        next: &[Member],
        claim: &Claim,
    ) -> Vec<Self> {
        let mut nodes: BTreeMap<&NodeId, Self> = BTreeMap::new();
        for member in present {
            nodes.entry(&member.id).or_insert_with(Self::nothing).present = Some(member.clone());
        }
        for member in next {
            nodes.entry(&member.id).or_insert_with(Self::nothing).next = Some(member.clone());
        }
        let target = &claim.assignment;
        let (replicas, primaries) = (claim.replica_shares(), claim.primary_shares());
        for ((id, replicas), primaries) in target.nodes().iter().zip(replicas).zip(primaries) {
            if let Some(node) = nodes.get_mut(id) {
                node.replicas.share = Share::to_f64(replicas);
                node.primaries.share = Share::to_f64(primaries);
            }
        }
        count(held, &mut nodes, |load| &mut load.before);
        count(target, &mut nodes, |load| &mut load.after);
        nodes.into_values().collect()
    }

    fn nothing() -> Self {
        let load = LoadChange::default();
        Self { present: None, next: None, replicas: load, primaries: load }
    }
}

fn count(
    assignment: &Assignment,
    nodes: &mut BTreeMap<&NodeId, NodePlan>,
    which: impl Fn(&mut LoadChange) -> &mut u32,
) {
    for partition in assignment.partitions().iter() {
        for (place, id) in assignment.holders(partition).enumerate() {
            if let Some(node) = nodes.get_mut(id) {
                *which(&mut node.replicas) += 1;
                *which(&mut node.primaries) += u32::from(place == 0);
            }
        }
    }
}
